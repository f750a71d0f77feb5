# SPDX-License-Identifier: Apache-2.0
# The simulated gateway in a container that stands in for the published image of IB's own: it reads
# the same variables (TWS_USERID, TWS_PASSWORD or TWS_PASSWORD_FILE, TRADING_MODE, READ_ONLY_API …),
# prints the same lines at a login, and has its API on 4004 (paper) or 4003 (live).
#
#   docker build -f docker/simulator.Dockerfile -t simulated-gateway .
#   docker run --rm -p 127.0.0.1:4002:4004 simulated-gateway
#
# Options of `ib-provider simulator` can follow the image's name. How to script a login that fails:
# plugins/ib_provider/cli/stand_in.py.
#
# Without a package index: put the packages that are named below into packages.tar beside this
# folder's parent, and say --build-arg BASE=<an image with Python 3.11 and libstdc++>.
ARG BASE=python:3.11-slim
FROM ${BASE} AS build

WORKDIR /build
# The tar is optional: a pattern that matches nothing is no error beside a name that does.
COPY requirements.txt packages.ta[r] ./
# Only what the gateway imports, at the versions of the lock.
RUN mkdir -p /opt/packages \
    && if [ -f packages.tar ]; then tar -xf packages.tar -C /opt/packages; else \
      grep -E '^(bokeh-sampledata|exchange-calendars|korean-lunar-calendar|markdown-it-py|mdurl|nautilus-ibapi|numpy|pandas|protobuf|pygments|pyluach|python-dateutil|pyyaml|rich|six|toolz|tzdata)==' \
        requirements.txt > simulator.txt \
      && python3 -m pip install --no-cache-dir --no-deps --target /opt/packages -r simulator.txt; fi

FROM ${BASE}
COPY --from=build /opt/packages /opt/packages
COPY plugins/ib_provider /opt/simulator/ib_provider
RUN python3 -m compileall -q /opt/simulator
COPY include/scenarios /opt/simulator/include/scenarios
ENV PYTHONPATH=/opt/simulator:/opt/packages \
    IB_PROVIDER_INCLUDE=/opt/simulator/include \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# The user of IB's image, so that secrets made for it can be read here.
RUN mkdir -p /var/lib/simulator && chown 1000:1000 /var/lib/simulator
WORKDIR /var/lib/simulator
USER 1000:1000
EXPOSE 4003 4004
# A version handshake, as a client makes it; no session is started and no client id taken.
HEALTHCHECK --interval=10s --timeout=5s --start-period=15s --retries=6 CMD \
    ["python3", "-c", "import asyncio, os; from ib_provider.gateway.probe import probe; asyncio.run(probe('127.0.0.1', 4003 if os.environ.get('TRADING_MODE') == 'live' else 4004))"]
ENTRYPOINT ["python3", "-m", "ib_provider.cli.stand_in"]

# SPDX-License-Identifier: Apache-2.0
# The simulated gateway alone: a container that stands in for IB's own in compose.
#
#   docker build -f docker/simulator.Dockerfile -t simulated-gateway .
#   docker run --rm -p 127.0.0.1:4004:4004 simulated-gateway
#
# It listens on 4004, where the common gateway images put a paper account; options of
# `ib-provider simulator` can follow the image's name.
ARG BASE=python:3.11-slim
FROM ${BASE} AS build

WORKDIR /build
RUN python3 -m venv /opt/venv
# Only what the gateway imports, at the versions of the lock.
COPY requirements.txt .
RUN grep -E '^(bokeh-sampledata|exchange-calendars|korean-lunar-calendar|nautilus-ibapi|numpy|pandas|protobuf|pyluach|python-dateutil|pyyaml|rich|markdown-it-py|mdurl|pygments|six|toolz|tzdata)==' \
      requirements.txt > simulator.txt \
    && /opt/venv/bin/pip install --no-cache-dir --no-deps -r simulator.txt
COPY plugins/ib_provider /opt/simulator/ib_provider

FROM ${BASE}
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/simulator /opt/simulator
COPY include/scenarios /opt/simulator/include/scenarios
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/opt/simulator \
    IB_PROVIDER_INCLUDE=/opt/simulator/include \
    PYTHONUNBUFFERED=1
WORKDIR /var/lib/simulator
USER 50000:0
EXPOSE 4004
# A version handshake, as a client makes it; no session is started and no client id taken.
HEALTHCHECK --interval=10s --timeout=5s --start-period=15s --retries=6 CMD \
    ["python3", "-c", "import asyncio; from ib_provider.gateway.probe import probe; asyncio.run(probe('127.0.0.1', 4004))"]
ENTRYPOINT ["python3", "-m", "ib_provider.cli.main", "simulator", "--host", "0.0.0.0", "--port", "4004"]

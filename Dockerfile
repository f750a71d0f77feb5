# SPDX-License-Identifier: Apache-2.0
# One image for every Airflow component and for the simulated gateway: the locked runtime on a plain
# Python, then the provider. Built by `docker compose build`.
FROM python:3.11-slim AS build

WORKDIR /build
RUN python -m venv /opt/venv
# The lock is complete, so nothing is left to resolve: --no-deps.
COPY requirements.txt .
RUN /opt/venv/bin/pip install --no-cache-dir --no-deps -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY plugins/ib_provider plugins/ib_provider
COPY include/scenarios include/scenarios
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /build/wheels . \
    && /opt/venv/bin/pip install --no-cache-dir --no-deps /build/wheels/*.whl \
    && /opt/venv/bin/python -m compileall -q -j 0 /opt/venv/lib

FROM python:3.11-slim

# curl: the health checks; dumb-init: signals reach Airflow, orphans are collected.
RUN apt-get update \
    && apt-get install -y --no-install-recommends curl dumb-init \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 50000 --gid 0 --create-home --home-dir /opt/airflow airflow \
    && mkdir -p /opt/airflow/dags /opt/airflow/plugins /opt/airflow/include /opt/airflow/logs \
       /var/lib/airflow-auth /var/lib/ib-provider \
    && chown -R airflow:0 /opt/airflow /var/lib/airflow-auth /var/lib/ib-provider
COPY --from=build /opt/venv /opt/venv
COPY --chown=airflow:0 dags /opt/airflow/dags
COPY --chown=airflow:0 include /opt/airflow/include
COPY --chown=airflow:0 plugins/ib_plugin.py plugins/.airflowignore /opt/airflow/plugins/

ENV PATH=/opt/venv/bin:$PATH \
    AIRFLOW_HOME=/opt/airflow \
    IB_PROVIDER_HOME=/var/lib/ib-provider \
    IB_PROVIDER_INCLUDE=/opt/airflow/include \
    PYTHONUNBUFFERED=1
USER airflow
WORKDIR /opt/airflow
ENTRYPOINT ["dumb-init", "--"]
CMD ["airflow", "version"]

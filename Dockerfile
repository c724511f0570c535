# One image for every process: web, worker, poll, and the commands of manage.py.
FROM python:3.12-slim AS environment
COPY requirements/base.txt /tmp/base.txt
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/base.txt

FROM python:3.12-slim
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data \
    LOG_FORMAT=json
RUN useradd --system --uid 10001 --create-home --home-dir /home/crm crm && install -d -o crm -g crm -m 0700 /data
COPY --from=environment /opt/venv /opt/venv
WORKDIR /app
COPY . .
# Python's own byte code and the catalogues are made here, so that a container starts quickly and writes to /data only.
RUN python bin/catalogues.py compile && python -m compileall -q apps config
USER crm
RUN DATABASE_URL=postgres://build SECRET_KEY=build CREDENTIALS_KEYS=build python manage.py collectstatic --no-input
VOLUME /data
EXPOSE 8000
CMD ["python", "manage.py", "web"]

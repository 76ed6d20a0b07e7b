# The pages, the background sync and the command line. See docs/running-in-production.md.
FROM python:3.11-slim AS libraries
COPY requirements.lock /
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r /requirements.lock

FROM python:3.11-slim
COPY --from=libraries /venv /venv
WORKDIR /app
COPY requirements.lock app.py ./
COPY .streamlit/config.toml .streamlit/
COPY core core
COPY pages pages
COPY deploy deploy
# Whatever the umask of who checked this out: the user below reads all of it, and writes to /data alone.
RUN /venv/bin/python -m compileall -q core && chmod -R a+rX,go-w . && install -d -o 10001 -g 10001 -m 0700 /data
# The variable of a folder has the word TOKEN in its name, and holds none.
# hadolint ignore=DL3064
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 HOME=/tmp TOKEN_LEDGER_DATA=/data
USER 10001:10001
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["python", "deploy/health.py"]
ENTRYPOINT ["deploy/entry.sh"]

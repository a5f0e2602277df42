# One image for the dashboard, the routes for programs, Dask's scheduler and workers and MLflow's server: by its command

FROM python:3.12.11-slim-bookworm AS packages
COPY deploy/requirements.lock /build/requirements.lock
RUN python -m venv /opt/pizarra \
    && /opt/pizarra/bin/pip install --no-cache-dir --disable-pip-version-check -r /build/requirements.lock \
    && /opt/pizarra/bin/pip uninstall --yes --quiet pip

FROM python:3.12.11-slim-bookworm
ENV PATH=/opt/pizarra/bin:$PATH \
    PYTHONPATH=/pizarra \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONUTF8=1 \
    HOME=/tmp \
    MPLCONFIGDIR=/data/cache/matplotlib \
    NUMBA_CACHE_DIR=/data/cache/numba \
    OMP_NUM_THREADS=1 \
    PIZARRA_CACHE_DIR=/data/cache \
    PIZARRA_DATA_DIR=/data/data \
    MLFLOW_TRACKING_URI=sqlite:////data/mlflow.db \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_HEADLESS=true \
    STREAMLIT_LOGGER_HIDE_WELCOME_MESSAGE=true
COPY --from=packages /opt/pizarra /opt/pizarra
COPY . /pizarra
RUN mkdir -p /data && chown 10001:10001 /data
WORKDIR /pizarra
USER 10001:10001
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 CMD ["python", "deploy/healthy.py", "http://127.0.0.1:8501/api/ping"]
CMD ["streamlit", "run", "streamlit_app.py", "--server.port", "8501"]

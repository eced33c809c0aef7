FROM python:3.13-slim AS build
WORKDIR /build
RUN python -m venv /opt/zoetrope
ENV PATH=/opt/zoetrope/bin:$PATH
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock

FROM python:3.13-slim
COPY --from=build /opt/zoetrope /opt/zoetrope
COPY bot /opt/zoetrope/app/bot
COPY cogs /opt/zoetrope/app/cogs
COPY sandbox /opt/zoetrope/app/sandbox
ENV PATH=/opt/zoetrope/bin:$PATH PYTHONPATH=/opt/zoetrope/app PYTHONUNBUFFERED=1 ZOETROPE_DATA=/data \
    ZOETROPE_WEB_HOST=0.0.0.0
RUN useradd --system --uid 10001 zoetrope && install --directory --owner zoetrope /data
USER zoetrope
VOLUME /data
WORKDIR /data
EXPOSE 8421
# A paid request that is under way is finished before the bot ends: that takes up to 20 s.
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]

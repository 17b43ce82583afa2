"""The service by FastAPI, question and answer as pydantic models."""

from fastapi import FastAPI, HTTPException

from bench.peers.business import decided
from bench.peers.models import Answer, Question

app = FastAPI()


@app.post("/check", response_model=Answer)
async def check(asked: Question) -> object:
    answer = decided(
        asked.card_number, asked.region, asked.channel, asked.collected_on, lat=asked.lat,
        lon=asked.lon, bank=asked.bank, holder=asked.holder,
    )  # fmt: skip
    if answer is None:
        raise HTTPException(404, "region")
    return answer

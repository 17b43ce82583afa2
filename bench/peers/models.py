"""The question and the answer as pydantic models, for the peers that use them."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field


class Question(BaseModel):
    card_number: str = Field(pattern=r"^[A-Z0-9]{9}$")
    request_key: str = Field(min_length=1, max_length=64)
    region: str = Field(pattern=r"^[0-9]{6}$")
    channel: Literal["bank", "entrusted", "hospital", "pharmacy", "online"]
    collected_on: date
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    bank: str = Field(min_length=3, max_length=12)
    holder: bool = True


class Answer(BaseModel):
    card: str
    region: str
    name: str
    channel: str
    offered: bool
    due_on: str
    days_left: int
    overdue: bool
    documents: list[str]
    bank: str
    hotline: str
    holder: bool
    near: str

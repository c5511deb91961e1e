"""One typed Settings. Every field has a help sentence; `bellhop settings` prints them and docs/settings.md lists them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from bot.errors import BadSettings

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Read from the environment (BELLHOP_…) and from a file `.env` beside the program."""

    model_config = SettingsConfigDict(env_prefix="BELLHOP_", env_file=".env", extra="ignore", env_nested_delimiter="__")

    company: str = Field("Brightwater", description="The company's name, as greetings show it.")
    demo: bool = Field(True, description="Demo mode: loads the demo company and lets the page switch between people.")
    data_dir: Path = Field(Path("data"), description="Folder for the database, the index and the demo vendor's state.")
    database_url: SecretStr = Field(
        SecretStr(""), description="PostgreSQL address (postgresql://…) for ledger and workflows; empty: SQLite in data_dir."
    )
    knowledge_dir: Path = Field(ROOT / "knowledge", description="Folder of the markdown knowledge base.")
    policies_dir: Path = Field(ROOT / "policies", description="Folder of the Cedar policies.")
    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: int = Field(8080, ge=0, le=65535, description="Port the web server listens on; 0 picks a free one.")
    demo_beyond_loopback: bool = Field(
        False, description="Let the demo page, which has no sign-in, listen on an address other machines can reach."
    )
    vendors: dict[str, str] = Field(
        default_factory=lambda: {"*": "demo"},
        description='Which vendor serves each capability, as JSON: {"identity": "okta", "*": "demo"}; "human" is nobody.',
    )
    vendor_settings: dict[str, dict[str, SecretStr]] = Field(
        default_factory=dict, description="Settings of each vendor as its manifest names them, as JSON by vendor."
    )
    approval_reminder_hours: float = Field(4, gt=0, description="How long an unanswered approval waits before approvers are reminded.")
    approval_expiry_hours: float = Field(72, gt=0, description="How long an unanswered approval waits before its plan lapses.")
    undo_days: int = Field(7, ge=0, description="How many days an executed plan keeps its Undo button.")
    retries: int = Field(4, ge=0, le=10, description="How often a step is tried again when a vendor says to try later.")
    retry_seconds: float = Field(2.0, gt=0, description="The first wait before trying again; it doubles each time.")
    max_message_chars: int = Field(8000, ge=100, description="Longer messages are refused with a sentence that says so.")
    language_model_url: str = Field(
        "", description="Address of an OpenAI-compatible chat model (https://…/v1) that understands messages; empty: none, by phrases."
    )
    language_model_key: SecretStr = Field(SecretStr(""), description="API key of that model; empty where it needs none.")
    language_model_name: str = Field("", validate_default=True, description="Name of that model, as its address knows it.")
    language_model_seconds: float = Field(
        8.0, gt=0, le=60, description="How long one message may take that model, retries included, before phrases read it instead."
    )
    language_model_input_price: float = Field(0.0, ge=0, description="What a million tokens sent to that model cost, in your currency.")
    language_model_output_price: float = Field(0.0, ge=0, description="What a million tokens written by that model cost.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "WARNING", description="How much is logged: DEBUG, INFO, WARNING or ERROR."
    )

    @field_validator("database_url")
    @classmethod
    def _a_database(cls, url: SecretStr) -> SecretStr:
        if url.get_secret_value() and not url.get_secret_value().startswith(("postgresql://", "postgresql+psycopg://")):
            raise ValueError("this is no address: it has to begin with postgresql://")
        return url

    @field_validator("language_model_url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("this is no address: it has to begin with https:// or http://")
        return url

    @field_validator("language_model_name")
    @classmethod
    def _a_name(cls, name: str, info: ValidationInfo) -> str:
        if info.data.get("language_model_url") and not name:
            raise ValueError("BELLHOP_LANGUAGE_MODEL_URL is set, so the model has to be named")
        return name


def load(**overrides: object) -> Settings:
    """The settings in force; BadSettings names the setting that is wrong and why."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        what = "; ".join(f"BELLHOP_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        raise BadSettings(what) from None
    except SettingsError as error:
        raise BadSettings(f"{error}; {error.__cause__}" if error.__cause__ else str(error)) from None

"""One typed Settings. Every field has a help sentence; `bellhop settings` prints them and docs/settings.md lists them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from bot.errors import BadSettings

ROOT = Path(__file__).resolve().parent.parent

Etiquette = Literal["always", "on mention", "staff only", "silent"]
"""When the desk speaks where others read along: whenever somebody begins a thread, when it is called by name, to analysts only, never."""


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
    knowledge_url: SecretStr = Field(
        SecretStr(""),
        description="Git repository to fetch the knowledge base from, into data_dir: an address (https://…, ssh://…, git@host:path; "
        "may hold credentials) or a path; empty: knowledge_dir is read.",
    )
    knowledge_branch: str = Field(
        "", pattern=r"^([\w][\w./+-]*)?$", max_length=200, description="Branch of that repository; empty: its own default."
    )
    knowledge_subfolder: str = Field(
        "", pattern=r"^([\w][\w ./+-]*)?$", description="Folder of that repository which holds the articles; empty: all of it."
    )
    knowledge_minutes: float = Field(5.0, ge=0, description="How often that repository is looked at; 0: only when the webhook rings.")
    knowledge_webhook_secret: SecretStr = Field(
        SecretStr(""),
        description="Secret that GitHub or GitLab sign their calls of /hooks/knowledge with, for a pull at once; empty: no webhook.",
    )
    knowledge_gap_people: int = Field(
        2, ge=1, description="`bellhop knowledge gaps` shows the words of, and drafts articles about, what at least so many people asked."
    )
    embedding: Literal["auto", "off"] = Field(
        "auto", description="Search by meaning as well as by words: auto (where there is a model) or off (by words only)."
    )
    embedding_dir: Path | None = Field(
        None, description="Folder of a model's model.safetensors and tokenizer.json; empty: all-MiniLM-L6-v2 as `make run` installs it."
    )
    embedding_url: str = Field(
        "", description="Address of an OpenAI-compatible embedding model (https://…/v1); empty: the model on this machine."
    )
    embedding_key: SecretStr = Field(SecretStr(""), description="API key of that embedding model; empty where it needs none.")
    embedding_name: str = Field("", validate_default=True, description="Name of that embedding model, as its address knows it.")
    chroma_url: str = Field("", description="Address of a Chroma server (http://host:8000) that holds the vectors; empty: in data_dir.")
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
    answers_by_model: bool = Field(
        True, description="Whether that model, where there is one, writes answers from the passages found; no: passages are only quoted."
    )
    answers_by_model_seconds: float = Field(
        10.0, gt=0, le=60, description="How long writing one answer may take that model, retries included, before it is quoted instead."
    )
    home: Literal["", "slack", "teams", "web"] = Field(
        "", description="Channel where approvers and analysts are told things: slack, teams or web; empty: the first configured of these."
    )
    etiquette: dict[str, Etiquette] = Field(
        default_factory=dict,
        description='Manners by place, as JSON: {"slack:C024BE91L": "always", "teams:*": "on mention"}. One of always, on mention '
        "(the default), staff only, silent.",
    )
    straight_to_humans_key: SecretStr = Field(
        SecretStr(""), description="Secret of at least 16 characters that this lot is drawn with, so that nobody can foresee it."
    )
    straight_to_humans: float = Field(
        0.0,
        ge=0,
        le=0.2,
        description="Share of questions that a lot gives straight to a human, to measure the desk against (0.05 is one in twenty, 0.2 the "
        "most); 0: none.",
    )
    analytics_days: int = Field(
        7, ge=1, le=60, description="Days after which a question is judged: coming back to the same topic within them is no resolution."
    )
    replica: str = Field(
        "bellhop", description="Name of this process where several run on one PostgreSQL database; each needs a name of its own."
    )
    slack_bot_token: SecretStr = Field(SecretStr(""), description="Slack's bot token (xoxb-…); empty: Slack is off.")
    slack_app_token: SecretStr = Field(
        SecretStr(""), description="Slack's app-level token (xapp-…) for Socket Mode, the default way to listen."
    )
    slack_signing_secret: SecretStr = Field(
        SecretStr(""),
        description="Slack's signing secret: listen over HTTP, at slack_host and slack_port; used where slack_app_token is empty.",
    )
    slack_analysts: str = Field("", description="Id of the Slack channel where analysts work (C024BE91L).")
    slack_api_url: str = Field("https://slack.com/api/", description="Address of Slack's Web API.")
    slack_host: str = Field("127.0.0.1", description="Address that listens for Slack's HTTP events.")
    slack_port: int = Field(8081, ge=0, le=65535, description="Port that listens for Slack's HTTP events; 0 picks a free one.")
    teams_app_id: str = Field("", description="Entra app id of the Teams bot; empty: Teams is off, unless teams_unsigned.")
    teams_app_password: SecretStr = Field(SecretStr(""), description="Client secret of that app.")
    teams_tenant_id: str = Field("", description="Entra tenant of that app, and the only one whose people are heard, unless teams_tenants.")
    teams_tenants: list[str] = Field(
        default_factory=list, description="Further Entra tenants whose people are heard, as a JSON list of ids."
    )
    teams_analysts: str = Field("", description="Id of the Teams channel where analysts work (19:…@thread.tacv2).")
    teams_service_url: str = Field(
        "https://smba.trafficmanager.net/teams/", description="Address of the Bot Framework connector, for those who have not written yet."
    )
    teams_login_url: str = Field("https://login.microsoftonline.com", description="Address that issues this app's own tokens.")
    teams_openid_url: str = Field(
        "https://login.botframework.com/v1/.well-known/openidconfiguration",
        description="Address of the metadata that names the keys which sign the Bot Framework's requests.",
    )
    teams_host: str = Field("127.0.0.1", description="Address that listens for Teams.")
    teams_port: int = Field(3978, ge=0, le=65535, description="Port that listens for Teams; 0 picks a free one.")
    teams_unsigned: bool = Field(
        False, description="For development: take unsigned requests, as the Agents Playground sends them; on a loopback address only."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "WARNING", description="How much is logged: DEBUG, INFO, WARNING or ERROR."
    )

    @field_validator("database_url")
    @classmethod
    def _a_database(cls, url: SecretStr) -> SecretStr:
        if url.get_secret_value() and not url.get_secret_value().startswith(("postgresql://", "postgresql+psycopg://")):
            raise ValueError("this is no address: it has to begin with postgresql://")
        return url

    @field_validator("knowledge_url")
    @classmethod
    def _a_repository(cls, url: SecretStr) -> SecretStr:
        where = url.get_secret_value()
        parts = urlsplit(where)
        here = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
        if "://" in where and parts.scheme not in ("https", "ssh", "file") and not here:
            raise ValueError("a repository is fetched by https://, ssh://, git@host:path, or from a path")
        if "::" in where.split("/")[0] or where.startswith("-"):
            raise ValueError("this is neither an address of a repository nor a path")
        return url

    @field_validator("language_model_url", "embedding_url", "chroma_url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("this is no address: it has to begin with https:// or http://")
        return url

    @field_validator("straight_to_humans")
    @classmethod
    def _a_lot(cls, share: float, info: ValidationInfo) -> float:
        if share and len(info.data.get("straight_to_humans_key", SecretStr("")).get_secret_value()) < 16:
            raise ValueError("BELLHOP_STRAIGHT_TO_HUMANS_KEY has to be a secret of at least 16 characters, or the lot could be foreseen")
        return share

    @field_validator("language_model_name")
    @classmethod
    def _a_name(cls, name: str, info: ValidationInfo) -> str:
        if info.data.get("language_model_url") and not name:
            raise ValueError("BELLHOP_LANGUAGE_MODEL_URL is set, so the model has to be named")
        return name

    @field_validator("embedding_name")
    @classmethod
    def _an_embedding(cls, name: str, info: ValidationInfo) -> str:
        if info.data.get("embedding_url") and not name:
            raise ValueError("BELLHOP_EMBEDDING_URL is set, so the model has to be named")
        return name


def load(**overrides: object) -> Settings:
    """The settings in force; BadSettings names the setting that is wrong and why."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        what = "; ".join(f"BELLHOP_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        raise BadSettings(what) from None
    except SettingsError as error:
        raise BadSettings(f"{error}; {error.__cause__}" if error.__cause__ else str(error)) from None

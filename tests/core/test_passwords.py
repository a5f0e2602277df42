from __future__ import annotations

import pytest

from core.passwords import password_of, without_password, without_secrets


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (
            "cannot reach postgresql+psycopg://me:se@s/ame@db:5/x now",
            "cannot reach postgresql+psycopg://me:…@db:5/x now",
        ),
        ("mysql://db/x?user=me&password=sesame&ssl=1", "mysql://db/x?user=me&password=…&ssl=1"),
        ("Authorization: Bearer sesame.1234", "Authorization: Bearer …"),
        ("the token pizarra_0123456789abcdefXYZ is unknown", "the token … is unknown"),
        ('{"password": "sesame"}', '{"password": "…"}'),
        ("https://s3/x?X-Amz-Signature=sesame&a=1", "https://s3/x?X-Amz-Signature=…&a=1"),
        ("see http://localhost:8501/x and me@host", "see http://localhost:8501/x and me@host"),
        ("the model's signature: inputs", "the model's signature: inputs"),
        ("the secret word opensesame is known", "the secret word … is known"),
    ],
)
def test_secrets_are_hidden_in_whatever_is_said(text: str, hidden: str) -> None:
    assert without_secrets(text, known=["opensesame", "me"]) == hidden


def test_an_address_keeps_all_but_its_password() -> None:
    assert without_password("sqlite:///mlflow.db") == "sqlite:///mlflow.db"
    assert without_password("http://me:a@b:c@host") == "http://me:…@host"
    assert list(password_of("mysql://host/x?user=me&password=se%2Fsame")) == ["se%2Fsame", "se/same"]
    assert list(password_of("sqlite:///mlflow.db")) == []

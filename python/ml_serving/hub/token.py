"""The Hugging Face token, from AWS Secrets Manager with the endpoint's own role."""

import json
import re

from ml_serving.errors import StartError


def hub_token(secret_arn: str) -> str:
    """The secret's text, or HF_TOKEN of a secret that is a JSON object."""
    # Only containers with such a secret pay for these imports.
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    # arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:NAME
    parts = secret_arn.split(":")
    if len(parts) != 7 or parts[2] != "secretsmanager":
        raise StartError(
            f"HF_TOKEN_SECRET_ARN is {secret_arn}, which is not the ARN of a secret "
            "in AWS Secrets Manager."
        )
    config = Config(
        connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 3}
    )
    try:
        client = boto3.client("secretsmanager", region_name=parts[3], config=config)
        text = client.get_secret_value(SecretId=secret_arn).get("SecretString", "")
    except NoCredentialsError:
        raise StartError(
            f"the token in {secret_arn} cannot be read: the container has no AWS "
            "credentials. Under network isolation it gets none: serve the model from S3 "
            "instead, or switch the isolation off."
        ) from None
    except ClientError as error:
        raise StartError(_refused(secret_arn, error.response["Error"])) from None
    except BotoCoreError as error:
        raise StartError(
            f"the token in {secret_arn} cannot be read: {error} In a VPC without "
            "internet access, Secrets Manager needs an endpoint there."
        ) from None
    return _token_in(secret_arn, text)


def _refused(secret_arn: str, error: dict[str, str]) -> str:
    advice = {
        "AccessDeniedException": "Allow the execution role the action "
        "secretsmanager:GetSecretValue on it, and kms:Decrypt on a key of your own.",
        "ResourceNotFoundException": "Look whether the ARN is right.",
    }.get(error["Code"], error.get("Message", ""))
    return f"the token in {secret_arn} cannot be read: {error['Code']}. {advice}"


def _token_in(secret_arn: str, text: str) -> str:
    token = text.strip()
    if token.startswith("{"):
        try:
            token = json.loads(token).get("HF_TOKEN")
        except ValueError:
            token = None
    # A header of the requests to the Hub: anything else would end up in an error message.
    if not isinstance(token, str) or not re.fullmatch(r"[!-~]+", token):
        raise StartError(
            f"{secret_arn} holds no token: it must be the token alone, or JSON like "
            '{"HF_TOKEN": "…"}.'
        )
    return token

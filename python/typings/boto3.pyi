from typing import Protocol

from botocore.config import Config

class SecretsManager(Protocol):
    def get_secret_value(self, *, SecretId: str) -> dict[str, str]: ...

def client(
    service_name: str, *, region_name: str, config: Config
) -> SecretsManager: ...

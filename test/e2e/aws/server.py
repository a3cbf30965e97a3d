"""An AWS API on a free port of this machine, printed as it starts: moto's server, mended where hosting needs it.

moto's list of instance types is old, it lacks UpdateEndpoint, gives a tag twice, and deletes every image: those pushed
in a day's last second something else refers to here. A type that SageMaker has, but not enough of, is here
one of NO_CAPACITY: creating such an endpoint ends in Failed; updating to it is rolled back, as SageMaker does.
"""

import json
import threading
import time

import botocore.session
from moto.core.responses import ActionResult
from moto.ecr.models import ECRBackend
from moto.sagemaker import models, responses
from moto.sagemaker.exceptions import ValidationError
from moto.server import DomainDispatcherApplication, ThreadedMotoServer

NO_CAPACITY = {"ml.p5.48xlarge"}
REASON = "Unable to provision requested ML compute capacity"

hosted = botocore.session.Session().get_service_model("sagemaker").shape_for("ProductionVariantInstanceType").enum


def validate_instance_type(self, instance_type: str) -> None:
    if instance_type not in hosted:
        raise ValidationError(f"Value '{instance_type}' at 'instanceType' failed to satisfy constraint")


def lacks_capacity(backend, configuration: str) -> bool:
    variants = backend.endpoint_configs[configuration].production_variants
    return any(variant["InstanceType"] in NO_CAPACITY for variant in variants)


create_endpoint = models.SageMakerModelBackend.create_endpoint


def create_endpoint_or_fail(self, endpoint_name, endpoint_config_name, tags):
    endpoint = create_endpoint(self, endpoint_name, endpoint_config_name, tags)
    if lacks_capacity(self, endpoint_config_name):
        endpoint.endpoint_status, endpoint.failure_reason = "Failed", REASON
    return endpoint


def update_endpoint(self) -> ActionResult:
    backend = self.sagemaker_backend
    name, configuration = self._get_param("EndpointName"), self._get_param("EndpointConfigName")
    backend.describe_endpoint(name)
    backend.describe_endpoint_config(configuration)
    endpoint = backend.endpoints[name]
    if lacks_capacity(backend, configuration):
        endpoint.failure_reason = REASON
    else:
        endpoint.endpoint_config_name, endpoint.failure_reason = configuration, None
        if not self._get_bool_param("RetainAllVariantProperties", False):
            variants = backend.endpoint_configs[configuration].production_variants
            endpoint.production_variants = endpoint._process_production_variants(variants)
    return ActionResult({"EndpointArn": endpoint.arn})


add_tags = models.SageMakerModelBackend.add_tags


def replace_tags(self, arn: str, tags: list[dict[str, str]]) -> list[dict[str, str]]:
    self.delete_tags(arn, [tag["Key"] for tag in tags])
    return add_tags(self, arn, tags)


batch_delete_image = ECRBackend.batch_delete_image


def delete_images(self, repository_name, registry_id=None, image_ids=None):
    kept = [image for image in image_ids or [] if image.get("imageTag", "").endswith("-235959")]
    if not kept:
        return batch_delete_image(self, repository_name, registry_id, image_ids)
    failure = {"failureCode": "ImageReferencedByManifestList", "failureReason": "a manifest list refers to it"}
    return {"imageIds": [], "failures": [{"imageId": image, **failure} for image in kept]}


ECRBackend.batch_delete_image = delete_images
models.FakeEndpointConfig.validate_instance_type = validate_instance_type
models.SageMakerModelBackend.create_endpoint = create_endpoint_or_fail
models.SageMakerModelBackend.add_tags = replace_tags
responses.SageMakerResponse.update_endpoint = update_endpoint

one_at_a_time = threading.Lock()
dispatch = DomainDispatcherApplication.__call__


def dispatch_alone(self, environ, start_response):
    # moto walks through what another request changes meanwhile: one in ten thousand would fail.
    with one_at_a_time:
        return dispatch(self, environ, start_response)


DomainDispatcherApplication.__call__ = dispatch_alone

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(json.dumps({"port": server.get_host_and_port()[1]}), flush=True)
while True:
    time.sleep(3600)

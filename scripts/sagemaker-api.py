"""What SageMaker's API takes and gives, of the calls that `local` serves, as generators/local/api/sagemaker.json.

Run with botocore installed, whose model files are AWS's own:
python scripts/sagemaker-api.py > generators/local/api/sagemaker.json
"""

import json

import botocore
from botocore.loaders import Loader

SERVED = {
    "sagemaker": [
        *("CreateModel", "DescribeModel", "ListModels", "DeleteModel"),
        *("CreateEndpointConfig", "DescribeEndpointConfig", "ListEndpointConfigs", "DeleteEndpointConfig"),
        *("CreateEndpoint", "DescribeEndpoint", "ListEndpoints", "UpdateEndpoint", "DeleteEndpoint"),
        *("UpdateEndpointWeightsAndCapacities", "AddTags", "ListTags", "DeleteTags"),
        *("CreateInferenceComponent", "DescribeInferenceComponent", "ListInferenceComponents"),
        *("UpdateInferenceComponent", "UpdateInferenceComponentRuntimeConfig", "DeleteInferenceComponent"),
        *("CreateTransformJob", "DescribeTransformJob", "ListTransformJobs", "StopTransformJob"),
    ],
    "sagemaker-runtime": ["InvokeEndpoint", "InvokeEndpointWithResponseStream", "InvokeEndpointAsync"],
}
# What Java's patterns have and JavaScript's have not.
JAVA = {r"\A": "^", r"\z": "$", r"\p{Print}": r"\x20-\x7e"}
LIMITS = ("type", "required", "enum", "pattern", "min", "max")


def small(shape: dict) -> dict:
    """What is checked of a shape: no documentation, and of its parts only their names."""
    kept = {key: shape[key] for key in LIMITS if key in shape}
    for java, here in JAVA.items() if "pattern" in kept else ():
        kept["pattern"] = kept["pattern"].replace(java, here)
    if "members" in shape:
        kept["members"] = {name: member["shape"] for name, member in shape["members"].items()}
    headers = {
        name: member["locationName"].lower()
        for name, member in shape.get("members", {}).items()
        if member.get("location") == "header"
    }
    if headers:
        kept["headers"] = headers
    if shape["type"] == "list":
        kept["member"] = shape["member"]["shape"]
    if shape["type"] == "map":
        kept |= {"key": shape["key"]["shape"], "value": shape["value"]["shape"]}
    return kept


def parts(shape: dict) -> list[str]:
    return [*shape.get("members", {}).values(), *(shape[key] for key in ("member", "key", "value") if key in shape)]


def called(service: str, names: list[str]) -> dict[str, dict[str, dict]]:
    """The operations of a service, and all shapes that they reach."""
    model = Loader().load_service_model(service, "service-2")
    shapes: dict[str, dict] = {}
    operations = {
        name: {
            key: model["operations"][name][key]["shape"]
            for key in ("input", "output")
            if key in model["operations"][name]
        }
        for name in names
    }
    found = [shape for operation in operations.values() for shape in operation.values()]
    while found:
        shape = found.pop()
        if shape not in shapes:
            shapes[shape] = small(model["shapes"][shape])
            found += parts(shapes[shape])
    return {"operations": operations, "shapes": dict(sorted(shapes.items()))}


def lines(table: dict[str, dict]) -> str:
    return ",\n".join(f"{json.dumps(name)}: {json.dumps(one)}" for name, one in table.items())


services = [
    f'"{service}": {{\n'
    + ",\n".join(f'"{kind}": {{\n{lines(table)}\n}}' for kind, table in called(service, names).items())
    + "\n}"
    for service, names in SERVED.items()
]
print(f'{{"botocore": "{botocore.__version__}",\n' + ",\n".join(services) + "}")

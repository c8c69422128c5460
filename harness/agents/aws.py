"""The AWS that the agents keep their data in."""

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

_BATCH = 25  # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html


@dataclass(frozen=True)
class Settings:
    """Which AWS to talk to; what is None is left to boto3's own environment, as the endpoint is (AWS_ENDPOINT_URL)."""

    region: str | None = None
    access_key: str | None = None
    secret_key: str | None = None


class Aws:
    """Clients for S3, DynamoDB and Step Functions, shared by all threads."""

    def __init__(self, settings: Settings) -> None:
        options = {
            "region_name": settings.region,
            "aws_access_key_id": settings.access_key,
            "aws_secret_access_key": settings.secret_key,
        }
        session = boto3.session.Session()
        self.s3 = session.client("s3", **options)
        self.stepfunctions = session.client("stepfunctions", **options)
        # The client of a resource accepts and returns Python values, and unlike the resource it is safe to share.
        self.dynamodb = session.resource("dynamodb", **options).meta.client


class Table:
    """One of the agents' own DynamoDB tables, created when it is first missed. Reads are consistent."""

    def __init__(self, aws: Aws, name: str, *keys: str) -> None:
        self.name = f"reference-agents-{name}"
        self._client = aws.dynamodb
        self._keys = keys

    def get(self, *key: str) -> dict[str, Any] | None:
        """Read one item."""
        return self._call("get_item", Key=self._key(key), ConsistentRead=True).get("Item")

    def put(self, item: Mapping[str, Any]) -> None:
        """Write an item, over a former one."""
        self._call("put_item", Item=dict(item))

    def put_new(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Write an item unless its key is taken; return the item that the table has."""
        try:
            self._call(
                "put_item",
                Item=dict(item),
                ConditionExpression="attribute_not_exists(#key)",
                ExpressionAttributeNames={"#key": self._keys[0]},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return self.get(*(item[name] for name in self._keys)) or dict(item)
        return dict(item)

    def write(self, puts: Iterable[Mapping[str, Any]] = (), deletes: Iterable[tuple[str, ...]] = ()) -> None:
        """Write and delete several items, not as one: a few may be seen before the others."""
        pending = [{"PutRequest": {"Item": dict(item)}} for item in puts]
        pending += [{"DeleteRequest": {"Key": self._key(key)}} for key in deletes]
        while pending:
            batch = {self.name: pending[:_BATCH]}
            response = self._existing(lambda batch=batch: self._client.batch_write_item(RequestItems=batch))
            pending = [*pending[_BATCH:], *response["UnprocessedItems"].get(self.name, ())]

    def query(self, partition: str, limit: int | None = None) -> list[dict[str, Any]]:
        """Read the items of a partition: all, or about as many as `limit`."""
        arguments: dict[str, Any] = {
            "KeyConditionExpression": "#key = :key",
            "ExpressionAttributeNames": {"#key": self._keys[0]},
            "ExpressionAttributeValues": {":key": partition},
            "ConsistentRead": True,
            **({"Limit": limit} if limit else {}),
        }
        items: list[dict[str, Any]] = []
        while True:
            page = self._call("query", **arguments)
            items += page["Items"]
            if "LastEvaluatedKey" not in page or limit:
                return items
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _key(self, values: tuple[str, ...]) -> dict[str, str]:
        return dict(zip(self._keys, values, strict=True))

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        return self._existing(lambda: getattr(self._client, operation)(TableName=self.name, **arguments))

    def _existing(self, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Call DynamoDB, and again when the table was missing and had to be created."""
        try:
            return call()
        except self._client.exceptions.ResourceNotFoundException:
            self._create()
            return call()

    def _create(self) -> None:
        with contextlib.suppress(self._client.exceptions.ResourceInUseException):  # another call was faster
            self._client.create_table(
                TableName=self.name,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in self._keys],
                KeySchema=[
                    {"AttributeName": name, "KeyType": kind}
                    for name, kind in zip(self._keys, ("HASH", "RANGE"), strict=False)
                ],
            )
        self._client.get_waiter("table_exists").wait(TableName=self.name, WaiterConfig={"Delay": 1})

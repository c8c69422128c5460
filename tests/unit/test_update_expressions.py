"""Update expressions of DynamoDB: what they make of an item, and what is refused without a change of it.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

import re

import pytest
from botocore.exceptions import ClientError

from harness.embedded import launch

TABLE = "items"
KEY = {"id": {"S": "one"}}
ITEM = {
    "n": {"N": "4"},
    "letters": {"L": [{"S": "a"}, {"S": "b"}]},
    "doc": {"M": {"x": {"N": "1"}}},
    "tags": {"SS": ["u"]},
}
VALUES = {
    ":n": {"N": "3"},
    ":s": {"S": "text"},
    ":l": {"L": [{"S": "c"}]},
    ":u": {"SS": ["u", "v"]},
    ":empty": {"S": ""},
}
LONGER = {"letters": {"L": [{"S": "a"}, {"S": "b"}, {"S": "c"}]}}
NAMES = {"#x": "x", "#size": "size"}

# (expression, the attributes that are new or others then, None for those that are gone)
MADE = [
    ("SET n = :n, doc.#x = :s", {"n": {"N": "3"}, "doc": {"M": {"x": {"S": "text"}}}}),
    ("SET n = n + :n", {"n": {"N": "7"}}),
    ("SET n = n - :n", {"n": {"N": "1"}}),
    ("SET n = if_not_exists(gone, :n) + :n", {"n": {"N": "6"}}),
    ("SET n = if_not_exists(n, gone)", {"n": {"N": "4"}}),
    ("SET #size = if_not_exists(doc.#x, :n)", {"size": {"N": "1"}}),
    ("SET letters = list_append(letters, :l)", LONGER),
    ("SET letters = list_append(if_not_exists(letters, :l), :l)", LONGER),
    ("SET letters[1] = :n, letters[7] = :s", {"letters": {"L": [{"S": "a"}, {"N": "3"}, {"S": "text"}]}}),
    ("SET named = id", {"named": {"S": "one"}}),
    ("SET a = n, n = :n", {"a": {"N": "4"}, "n": {"N": "3"}}),
    ("REMOVE n, gone, letters[0], letters[1]", {"n": None, "letters": {"L": []}}),
    ("ADD n :n, c :n", {"n": {"N": "7"}, "c": {"N": "3"}}),
    ("ADD tags :u", {"tags": {"SS": ["u", "v"]}}),
    ("DELETE tags :u SET n = :n REMOVE doc", {"tags": None, "n": {"N": "3"}, "doc": None}),
]  # fmt: skip

REFUSED = [
    ("SET id = :s", "Cannot update attribute id"),
    ("SET n = gone", "attribute that does not exist in the item"),
    ("SET n = n + gone", "attribute that does not exist in the item"),
    ("SET n = n + :s", "Incorrect operand type"),
    ("SET letters = list_append(letters, :n)", "Incorrect operand type"),
    ("SET n = :undefined", "attribute value used in expression is not defined"),
    ("SET gone.x = :n", "document path provided in the update expression is invalid"),
    ("SET size = :n", "reserved keyword: size"),
    ("SET n = :n, n = :s", "Two document paths overlap"),
    ("SET n = :n SET a = :n", 'The "SET" section can only be used once'),
    ("SET kind = :n", "Type mismatch for key kind"),
    ("SET kind = :empty", "empty string"),
]


@pytest.fixture(scope="module")
def dynamodb():
    with launch() as aws:
        client = aws.client("dynamodb")
        client.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "kind")],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "kinds",
                    "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


def update(client, expression, item):
    """Put the item as it was, and update it."""
    client.put_item(TableName=TABLE, Item={**KEY, **item})
    used = {
        "ExpressionAttributeNames": {name: NAMES[name] for name in re.findall(r"#\w+", expression)},
        "ExpressionAttributeValues": {name: VALUES[name] for name in re.findall(r":\w+", expression) if name in VALUES},
    }
    given = {member: names for member, names in used.items() if names}
    client.update_item(TableName=TABLE, Key=KEY, UpdateExpression=expression, **given)


def found(client):
    return client.get_item(TableName=TABLE, Key=KEY)["Item"]


@pytest.mark.parametrize(("expression", "changed"), MADE, ids=[expression for expression, _ in MADE])
def test_an_expression_changes_the_item(dynamodb, expression, changed):
    update(dynamodb, expression, ITEM)
    assert found(dynamodb) == {name: value for name, value in {**KEY, **ITEM, **changed}.items() if value is not None}


@pytest.mark.parametrize(("expression", "reason"), REFUSED, ids=[expression for expression, _ in REFUSED])
def test_an_expression_that_is_refused_changes_nothing(dynamodb, expression, reason):
    with pytest.raises(ClientError, match=re.escape(reason)) as refused:
        update(dynamodb, expression, ITEM)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert found(dynamodb) == {**KEY, **ITEM}


def test_an_expression_that_was_checked_for_one_item_is_checked_for_the_next(dynamodb):
    update(dynamodb, "SET n = n + :n", ITEM)
    with pytest.raises(ClientError, match="does not exist in the item"):
        update(dynamodb, "SET n = n + :n", {})


def test_a_name_stands_for_what_this_request_says(dynamodb):
    """The same expression overlaps with other names."""
    update_item = {"TableName": TABLE, "Key": KEY, "UpdateExpression": "SET #a = :n, #b = :n"}
    values = {":n": {"N": "1"}}
    dynamodb.update_item(
        **update_item, ExpressionAttributeNames={"#a": "p", "#b": "q"}, ExpressionAttributeValues=values
    )
    with pytest.raises(ClientError, match="Two document paths overlap"):
        dynamodb.update_item(
            **update_item, ExpressionAttributeNames={"#a": "p", "#b": "p"}, ExpressionAttributeValues=values
        )

"""The interpreter's JSONata: what AWS adds, refuses and means by undefined, and plain JSON in and out."""

import copy
import json
import threading

import pytest

from harness.embedded.clock import CLOCK
from harness.embedded.stepfunctions.jsonata import EvaluationError, evaluate

BINDINGS = {
    "states": {"input": {"text": 'it\'s "quoted" {% $x %} \\ $', "none": None, "list": [3, 1, 2], "one": [7]}},
    "null": None,
    "list": [3, 1, 2],
    "object": {"a": 1, "b": None},
}


def value_of(expression, bindings=BINDINGS):
    return evaluate("{% " + expression + " %}", bindings, "Output")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$states.input.text", BINDINGS["states"]["input"]["text"]),
        ("$states.input.none", None),
        ("$null", None),
        ("[$null]", [None]),
        ("$exists($null)", True),
        ("$type($null)", "null"),
        ("{'a': $null, 'b': $object.b, 'c': $object.nothing}", {"a": None, "b": None}),
        ("$list", [3, 1, 2]),
        ("$states.input.one", [7]),
        ("$states.input.one[0]", 7),
        ("$sort($list)", [1, 2, 3]),
        ("[1..3]", [1, 2, 3]),
        ("[1..3][$ > 1]", [2, 3]),
        ("$count([1..3])", 3),
        ("4 / 2", 2),
        ("7 / 2", 3.5),
        ("[$filter($list, function($n) { $n > 9 })]", []),
        ("[$object.nothing, 'default'][0]", "default"),
        # AWS's own functions
        ("""$parse('{"a": [1, null, 2.5], "b": "é"}')""", {"a": [1, None, 2.5], "b": "é"}),
        ("$parse('null')", None),
        ("$hash('a', 'SHA-256')", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
        ("$hash('a', 'MD5')", "0cc175b9c0f1b6a831c399e269772661"),
        ("$length($uuid())", 36),
        ("$uuid() = $uuid()", False),
        ("$random(7) = $random(7)", True),
        ("$random() < 1", True),
        ("$range(1, 10, 3)", [1, 4, 7, 10]),
        ("$range(10, 1, -4)", [10, 6, 2]),
        ("$partition([1, 2, 3, 4, 5], 2)", [[1, 2], [3, 4], [5]]),
        ("$string({'a': 0.1 + 0.2, 'b': 'é', 'c': 3.0, 'd': $sum})", '{"a":0.3,"b":"é","c":3,"d":""}'),
        ("$string([1..3])", "[1,2,3]"),
        ("$string('as it is')", "as it is"),
        ("$string($parse('[1.7976931348623151e308]'))", "[null]"),  # 15 of its digits are more than a double holds
        ("""$parse('"\\ud800"')""", "?"),  # half a surrogate pair
    ],
)
def test_value(expression, expected):
    value = value_of(expression)
    assert value == expected
    assert json.loads(json.dumps(value)) == value
    assert type(value) in {type(None), bool, int, float, str, list, dict}


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("$states.input.nothing", "returned nothing (undefined)"),
        ("$nowhere", "returned nothing (undefined)"),
        ("$", "returned nothing (undefined)"),
        ("text", "returned nothing (undefined)"),
        ("$filter($list, function($n) { $n > 9 })", "returned nothing (undefined)"),
        ("$max([])", "returned nothing (undefined)"),
        ("function($x) { $x }", "unsupported result type"),
        ("[$sum]", "unsupported result type"),
        ("1 / 0", "D1001"),
        ("$number('x')", "'x'"),
        ("$error('mine')", "mine"),
        ("$parse('import os')", "Expecting value"),
        ("$parse('NaN')", "NaN is not a JSON number"),
        ("$parse('1' & $pad('', 400, '0'))", "is not a JSON number"),
        ("$parse('1e999')", "not a JSON number"),
        ("$hash('a', 'CRC')", "SHA-256"),
        ("$range(1, 2, 0)", "step"),
        ("$partition([1], 0)", "partition"),
        ("$eval('1 + 1')", "no $eval"),
        ("1 ?? 2", "??"),
        ("$states.input ?: 2", "?:"),
        ("($f := function($n) { 1 + $f($n) }; $f(1))", "D1011"),
        ("'unclosed", "S0101"),
        ("$length(5)", "T0410"),
    ],
)
def test_failure_names_the_expression_the_field_and_the_reason(expression, reason):
    with pytest.raises(EvaluationError) as error:
        value_of(expression)
    assert f"The JSONata expression '{expression}' specified for the field 'Output'" in str(error.value)
    assert reason in str(error.value)


def test_template_is_evaluated_at_any_depth_and_only_where_marked():
    template = {"a": [{"b": "{% $list[0] %}"}, "$list"], "c": " {% $list %}", "d": 1.0, "e": None, "{% k %}": True}
    expected = {"a": [{"b": 3}, "$list"], "c": " {% $list %}", "d": 1.0, "e": None, "{% k %}": True}
    assert evaluate(template, BINDINGS, "Output") == expected


def test_failure_in_a_template_names_its_place():
    with pytest.raises(EvaluationError, match=r"for the field 'Arguments/a\[1\]/b'"):
        evaluate({"a": [1, {"b": "{% $nothing %}"}]}, BINDINGS, "Arguments")


@pytest.mark.parametrize(
    "expression",
    [
        "$append($list, 4)",
        "[$list, 4]",
        "$sort($list)",
        "$reverse($list)",
        "$object ~> |$|{'a': 2}|",
        "$shuffle($list)",
    ],
)
def test_bindings_stay_as_they_are(expression):
    bindings = copy.deepcopy(BINDINGS)
    value_of(expression, bindings)
    assert bindings == BINDINGS


def test_value_shares_nothing_with_the_bindings():
    bindings = copy.deepcopy(BINDINGS)
    value_of("$states.input", bindings)["list"].append("more")
    assert bindings == BINDINGS


def test_time_is_the_clocks_and_stands_still_in_an_expression():
    before = int(CLOCK.now() * 1000)
    times = value_of("[$millis(), $toMillis($now()), $sum([1..2000].($ * 2)), $millis()]")
    assert before <= times[0] == times[1] == times[3] <= CLOCK.now() * 1000
    assert value_of("$now('[Y0001]')") == value_of("$fromMillis($millis(), '[Y0001]')")


def test_threads_do_not_see_each_others_values():
    wrong = []

    def work(number):
        for step in range(200):
            bindings = {"n": number, "step": step}
            expression = "($f := function($a) { $a * 1000 + $step }; $map([1..3], function($i) { $f($n) + $i }))"
            expected = [number * 1000 + step + i for i in (1, 2, 3)]
            if (value := value_of(expression, bindings)) != expected:
                wrong.append((value, expected))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong

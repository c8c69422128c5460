"""JSONata as the state machines use it: expressions, and what each of them must come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Words of the state machines on the left; AWS's engine is not published, so the same is asked of it.
VALUES: Mapping[str, Any] = {
    "$type([])": "array",
    "$type({})": "object",
    "$type(null)": "null",
    "$exists(null)": True,
    "$exists($states.input.nothing)": False,
    "[$states.input.nothing, 0][0]": 0,
    "$count([])": 0,
    "$count($filter([1..3], function($n) { $n > 5 }))": 0,
    "[$map([1], function($n) { { 'n': $n } })]": [{"n": 1}],
    "[$map([], function($n) { { 'n': $n } })]": [],
    "$sum([0, $each({}, function($v) { 1 })])": 0,
    "$join([$each({}, function($v) { 'x' })])": "",
    "$merge([{ 'a': 1 }, $each({ 'b': 2 }, function($v, $k) { { $k: $v } })])": {"a": 1, "b": 2},
    "$sift({ 'a': 1, 'b': null }, function($v) { $v != null })": {"a": 1},
    "$lookup({ 'a-b': 1 }, 'a-b')": 1,
    "$split('a/b.PDF', '/')[-1]": "b.PDF",
    "$replace('b.PDF', /\\.[pP][dD][fF]$/, '')": "b",
    "$contains('s3://bucket/key.pdf', /^s3:\\/\\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\\/.{0,1020}\\.[pP][dD][fF]$/)": True,
    "$contains('tab\\u0009', /[\\x00-\\x1f\\x7f]/)": True,
    "$substring('abc', 0, 500)": "abc",
    "$substringAfter($substringAfter('s3://bucket/a/b', 's3://'), '/')": "a/b",
    "200 in [1..200]": True,
    "'a' in []": False,
    "$string(92.5)": "92.5",
    "$string(1764000000000)": "1764000000000",
    "$formatNumber(1764000000, '0')": "1764000000",
    "$formatBase(1764000000, 16)": "69248100",
    "$fromMillis(1764000000000)": "2025-11-24T16:00:00.000Z",
    "$fromMillis(1764000000123)": "2025-11-24T16:00:00.123Z",
    "$toMillis('2025-11-24T16:00:00.123Z')": 1764000000123,
    "$toMillis($states.context.Execution.StartTime) > 1764000000000": True,
    "$toMillis($states.context.State.EnteredTime) > 1764000000000": True,
    "$hash('a', 'SHA-256')": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
    "$length($uuid())": 36,
    "$floor($random() * 3) in [0, 1, 2]": True,
    "$parse('{ \"a\": [1, null] }')": {"a": [1, None]},
    "$encodeUrlComponent('a b/c')": "a%20b%2Fc",
}

data "aws_iam_policy_document" "good" {
  statement {
    actions   = ["xray:PutTraceSegments"]
    resources = ["*"] # * because X-Ray has no resource to name
  }
}

resource "aws_iam_role_policy" "good" {
  role   = "orders"
  policy = data.aws_iam_policy_document.good.json
}

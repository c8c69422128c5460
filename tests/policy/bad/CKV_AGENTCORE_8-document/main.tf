# Line 10 does not say why it needs the *.
data "aws_iam_policy_document" "bad" {
  statement {
    actions = ["xray:PutTraceSegments"]
    # * because X-Ray has no resource to name
    resources = ["*"]
  }
  statement {
    actions   = ["states:StartExecution"]
    resources = ["*"]
  }
}

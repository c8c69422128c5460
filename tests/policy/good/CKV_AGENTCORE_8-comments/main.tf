data "aws_iam_policy_document" "good" {
  # * because X-Ray has no resource to name:
  # https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html
  statement {
    actions   = ["xray:PutTraceSegments"]
    resources = ["*"]
  }
  /*
   * because it lists them all
   */
  statement {
    actions   = ["logs:DescribeLogGroups"]
    resources = var.lists ? ["*"] : [] // not "*" for nothing
  }
  statement {
    /* * because all but the secret one are for everyone */
    actions       = ["sqs:SendMessage"]
    not_resources = ["arn:aws:sqs:*:111122223333:secret"]
  }
}

variable "lists" {
  type = bool
}

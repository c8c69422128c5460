data "aws_iam_policy_document" "trust" {
  # checkov names this block: one statement of it has a reason
  statement {
    actions   = ["xray:PutTraceSegments"]
    resources = ["*"] # * because X-Ray has no resources for these
  }

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = [var.service]
    }
  }
}

variable "service" {
  type = string
}

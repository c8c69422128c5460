# Statement ReadOrders does not say whose bucket it is about.
data "aws_iam_policy_document" "bad" {
  statement {
    sid       = "ReadOrders"
    actions   = ["s3:GetObject"]
    resources = ["${var.bucket_arn}/orders/*"]
  }
}

variable "bucket_arn" {
  type = string
}

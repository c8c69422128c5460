variable "stage" {
  type = string
}

locals {
  suffix = var.stage != "prod" ? "a-b" : "a"
}

resource "aws_sqs_queue" "orders" {
  name                    = "orders${local.suffix}"
  sqs_managed_sse_enabled = true
}

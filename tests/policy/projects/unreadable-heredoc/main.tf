locals {
  nothing = <<EOF
EOF
}

resource "aws_sqs_queue" "orders" {
  name                    = "orders${local.nothing}"
  sqs_managed_sse_enabled = true
}

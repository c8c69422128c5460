variable "stage" {
  type = string
}

locals {
  suffix = "a%{if var.stage != "prod"}-b%{endif}"
}

resource "aws_sqs_queue" "orders" {
  name = "orders${local.suffix}"
}

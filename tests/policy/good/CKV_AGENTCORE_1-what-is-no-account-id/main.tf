# AWS's placeholders for documentation, an id in a UUID, a longer number, and a value that only a .tfvars file knows.
variable "account_id" {
  description = "The account of the topic, such as 111122223333."
  type        = string
}

resource "aws_ssm_parameter" "good" {
  name        = "/orders/since"
  description = "As in arn:aws:sns:eu-west-1:123456789012:orders."
  type        = "String"
  value       = "1700000000000 ${var.account_id} 123e4567-e89b-12d3-a456-426614174000"
}

# Line 9 does not say why it needs the *.
resource "aws_iam_policy" "bad" {
  name   = "orders"
  policy = <<-EOT
    {
      "Version": "2012-10-17",
      "Statement": {
        "Effect": "Allow", "Action": ["sqs:SendMessage"],
        "Resource": ["arn:aws:sqs:eu-west-1:111122223333:orders", "*"]
      }
    }
  EOT
}

resource "aws_iam_role_policy" "good" {
  role = "orders"
  # * because SendMessage is for every queue
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Action = "sqs:SendMessage", Effect = "Allow", Resource = "*" }] })
}

# A * is added to its resources from elsewhere in the code, where no reason can be written beside it.
resource "aws_iam_role_policy" "bad" {
  role   = "orders"
  policy = file("${path.module}/policy.json")
}

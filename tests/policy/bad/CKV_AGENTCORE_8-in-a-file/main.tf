# A * comes to its resources from elsewhere in the code, where no reason can stand beside it.
resource "aws_iam_role_policy" "bad" {
  role   = "orders"
  policy = file("${path.module}/policy.json")
}

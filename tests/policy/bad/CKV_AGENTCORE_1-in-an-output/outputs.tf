output "note" {
  value = <<-EOT
    An opening { that nothing closes.
  EOT
}

# The account 444455556666 is named in a comment, where it ties nothing.
output "role_arn" {
  value = "arn:aws:iam::444455556666:role/orders"
}

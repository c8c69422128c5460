output "table_arn" {
  description = "ARN of the table of circuits."
  value       = aws_dynamodb_table.circuits.arn
}

output "table_name" {
  description = "Name of the table of circuits."
  value       = aws_dynamodb_table.circuits.name
}

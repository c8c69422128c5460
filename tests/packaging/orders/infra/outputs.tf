output "state_machine_arn" {
  description = "The state machine that processes an order."
  value       = aws_sfn_state_machine.orders.arn
}

output "table_name" {
  description = "The table with the orders that were placed."
  value       = aws_dynamodb_table.orders.name
}

data "template_file" "rendered" {
  template = file("rendered.json")
  vars = {
    seconds = 5
  }
}

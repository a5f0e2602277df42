"""What is done by itself at its times: a table of schedules, and who carries them out."""

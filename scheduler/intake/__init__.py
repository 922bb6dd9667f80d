"""The edge where strangers' files become records: planning folders, planning documents, rosters."""

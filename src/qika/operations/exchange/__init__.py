"""Files that banks and the social side exchange day by day: what they say, and what is done."""

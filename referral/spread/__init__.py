"""Who told whom: measures, layout, drawing and exchange of the spread."""

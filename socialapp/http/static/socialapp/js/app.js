// What every page does once it can. One small module per behaviour; this one only names them.

# Writes data frames of unpacked R packages as delimited text, each in one of the dialects that people export.
# Usage: Rscript export.R SITE_LIBRARY FOLDER
arguments <- commandArgs(trailingOnly = TRUE)
library_folder <- arguments[1]
folder <- arguments[2]

# A data set of a package, from its own file or from the package's database of all of them.
dataset <- function(package, name) {
  data <- file.path(library_folder, package, "data")
  found <- new.env()
  own <- file.path(data, paste0(name, ".rda"))
  if (file.exists(own)) load(own, found) else lazyLoad(file.path(data, "Rdata"), found)
  as.data.frame(get(name, found))
}

export <- function(frame, name, sep = ",", quote = TRUE, na = "NA", eol = "\n") {
  path <- file.path(folder, name)
  write.table(frame, path, sep = sep, quote = quote, na = na, eol = eol, row.names = FALSE)
}

export(dataset("carData", "TitanicSurvival"), "titanic.csv")
export(dataset("carData", "Arrests"), "arrests.csv", sep = ";")
export(dataset("mlbench", "PimaIndiansDiabetes2"), "pima.csv", quote = FALSE, na = "")
export(dataset("mlbench", "Vehicle"), "vehicle.tsv", sep = "\t", quote = FALSE)
export(dataset("mlbench", "Soybean"), "soybean.csv", quote = FALSE, na = "?")
export(dataset("mlbench", "Satellite"), "satellite.csv", sep = ";")
export(dataset("mlbench", "LetterRecognition"), "letters.csv", quote = FALSE)
export(tail(dataset("mlbench", "Shuttle"), 14500), "shuttle.csv", quote = FALSE)
export(dataset("kernlab", "spam"), "spam.tsv", sep = "\t", quote = FALSE)
export(dataset("modeldata", "attrition"), "attrition.csv")
export(dataset("modeldata", "cells"), "cells.csv", quote = FALSE, eol = "\r\n")
export(dataset("modeldata", "credit_data"), "credit.csv", sep = ";", na = "")
export(dataset("modeldata", "hpc_data"), "hpc.csv", sep = "|", quote = FALSE)
export(dataset("modeldata", "mlc_churn"), "mlc-churn.csv")
export(dataset("modeldata", "wa_churn"), "wa-churn.csv", na = "")
export(dataset("modeldata", "lending_club"), "lending.csv", quote = FALSE)
export(dataset("modeldata", "stackoverflow"), "stackoverflow.csv", sep = ";")
export(dataset("modeldata", "Sacramento"), "sacramento.csv")

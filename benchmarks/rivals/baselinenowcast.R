# Quantiles of baselinenowcast with its defaults, as of given days, of one or more age groups.
#   Rscript baselinenowcast.R LIBRARY TRIANGLE.csv.gz DAYS GROUPS > quantiles.csv      (DAYS and GROUPS with commas)
# LIBRARY holds the package: R CMD INSTALL --no-docs -l LIBRARY <checkout of epinowcast/baselinenowcast>; what it needs
# comes from Debian: r-cran-checkmate r-cran-cli r-cran-rlang r-cran-purrr.
asked <- commandArgs(TRUE)
.libPaths(c(asked[1], .libPaths()))
suppressMessages(library(baselinenowcast))
rows <- read.csv(gzfile(asked[2]), stringsAsFactors = FALSE)
rows$reference_date <- as.Date(rows$reference_date)
rows$report_date <- as.Date(rows$report_date)
levels <- c(.025, seq(.05, .95, .05), .975)
cat("group,as_of,reference_date,quantile,value,cpu\n")
for (group in strsplit(asked[4], ",")[[1]]) for (day in as.list(as.Date(strsplit(asked[3], ",")[[1]]))) {
  known <- rows$age_group == group & rows$report_date <= day & rows$reference_date <= day & rows$delay <= 40
  started <- proc.time()
  set.seed(1)
  made <- tryCatch(
    suppressMessages(suppressWarnings(baselinenowcast(
      as_reporting_triangle(rows[known, c("reference_date", "report_date", "count")]), draws = 1000
    ))),
    error = function(e) NULL
  )
  cpu <- sum((proc.time() - started)[1:2])
  if (is.null(made)) next
  for (reference in as.list(unique(made$reference_date))) {
    if (day - reference > 14) next
    values <- quantile(made$pred_count[made$reference_date == reference], levels, names = FALSE)
    cat(sprintf("%s,%s,%s,%.3f,%g,%g\n", group, day, reference, levels, values, cpu), sep = "")
  }
}

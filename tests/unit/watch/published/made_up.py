"""Made-up files in the layout of official ones: headers and oddities are theirs, numbers are ours."""

VSRR_HEAD = (
    "State,Year,Month,Period,Indicator,Data Value,Percent Complete,Percent Pending Investigation,State Name,Footnote,"
    "Footnote Symbol,Predicted Value\n"
)
LOW_QUALITY = "Numbers may differ from published reports using final data. Data not shown due to low data quality."
VSRR = (
    VSRR_HEAD
    + 'CT,2024,March,12 month-ending,Number of Drug Overdose Deaths,"1,234",99.5,0.4,Connecticut,,*,"1,260"\n'
    + "CT,2024,March,12 month-ending,Heroin (T40.1),45,99.5,0.4,Connecticut,,,46\n"
    + f'AK,2024,March,12 month-ending,Cocaine (T40.5),,100,0,Alaska,"{LOW_QUALITY}",**,\n'
    + "CT,2024,March,12 month-ending,Percent with drugs specified,98.7,99.5,0.4,Connecticut,,,\n"
    + "US,2024,March,12 month-ending,Number of Deaths,3000000,100,0.1,United States,,,3000100\n"
    + 'YC,2024,March,12 month-ending,"Synthetic opioids, excl. methadone (T40.4)",2000,100,0,New York City,,,2010\n'
)
#: as the programming interface names the columns, and without the later column Period
VSRR_OLD = (
    "state,year,month,indicator,data_value,percent_complete,percent_pending_investigation,state_name,predicted_value\n"
    "CT,2018,9,Number of Drug Overdose Deaths,1016,100,0.9,Connecticut,1020\n"
)
COUNTY = (
    "Data as of,Year,Month,ST_ABBREV,STATE_NAME,COUNTYNAME,FIPS,STATEFIPS,COUNTYFIPS,CODE2013,"
    "Provisional Drug Overdose Deaths,Footnote,Percentage Of Records Pending Investigation,"
    "HistoricalDataCompletenessNote,MonthEndingDate,Start Date,End Date\n"
    "04/05/2026,2025,1,AL,Alabama,Autauga,1001,1,1,3,15,,0.8,,01/31/2025,02/01/2024,01/31/2025\n"
    "04/05/2026,2025,1,AL,Alabama,Baldwin,01003,1,3,4,,Counts 1-9 suppressed,0.2,,01/31/2025,02/01/2024,01/31/2025\n"
)
BLOCK = (
    '"---"\n"Dataset: Multiple Cause of Death, 2018-2024, Single Race"\n"Query Parameters:"\n'
    '"UCD - ICD-10 Codes: X40 (Accidental poisoning); X41; X42; X43; X44; Y10; Y11; Y12; Y13; Y14"\n'
    '"MCD - ICD-10 Codes: T40.4 (Other synthetic narcotics)"\n"Query Date: Aug 3, 2026 10:03:46 AM"\n'
)
WONDER = (
    '"Notes"\t"State"\t"State Code"\t"Month"\t"Month Code"\tDeaths\tPopulation\tCrude Rate\n'
    '\t"Alabama"\t"01"\t"Jan., 2024"\t"2024/01"\t36\tNot Applicable\tNot Applicable\n'
    '\t"Alabama"\t"01"\t"Feb., 2024 (provisional)"\t"2024/02"\tSuppressed\tNot Applicable\tNot Applicable\n'
    '"Total"\t"Alabama"\t"01"\t\t\t43\tNot Applicable\tNot Applicable\n'
    '\t"Alaska"\t"02"\t"Jan., 2024"\t"2024/01"\t0\tNot Applicable\tNot Applicable\n' + BLOCK
)
WONDER_CAUSES = (
    '"Notes","County","County Code","Year","Year Code","Multiple Cause of death","Multiple Cause of death Code",'
    "Deaths,Population,Crude Rate\n"
    ',"Autauga County, AL","01001","2023","2023","Heroin","T40.1",12,58000,Unreliable\n'
    ',"Autauga County, AL","01001","2023","2023","Other synthetic narcotics","T40.4",30,58000,51.7\n'
    '"---"\n"Dataset: Multiple Cause of Death, 1999-2020"\n'
)
DOSE = (
    "jurisdiction,year,month,rate_time,drug_rate,opioid_rate,heroin_rate\n"
    "CT,2024,1,Monthly,56.5,23.5,*\nCT,2024,1,Annual,60.1,25.0,4.0\nND,2024,1,Monthly,¶,¶,¶\nAK,2024,1,Monthly,§,§,§\n"
)
CBP_HEAD = (
    "FY,Month (abbv),Component,Region,Land Filter,Area of Responsibility,Drug Type,Count of Event,Sum Qty (lbs)\n"
)
CBP = (
    CBP_HEAD
    + "2024,OCT,Office of Field Operations,Southwest Border,Land Only,LAREDO FIELD OFFICE,Fentanyl,3,10\n"
    + "2024,OCT,Office of Field Operations,Southwest Border,Other,LAREDO FIELD OFFICE,Fentanyl,2,1\n"
    + "2026 (FYTD),JAN,Office of Field Operations,Southwest Border,Land Only,LAREDO FIELD OFFICE,Other Drugs**,4,2.5\n"
    + "2024,SEP,Office of Field Operations,Southwest Border,Land Only,LAREDO FIELD OFFICE,Khat (Catha Edulis),1,7\n"
)
NFLIS = (
    "YYYY,PERIOD,STATE,STATE_FIPS,SUBSTANCE_DESCRIPTION,BASE_DESCRIPTION,DRUG_CATEGORY_DESCRIPTION,DRUG_REPORTS,"
    "QUERY_RUN_DATE\n"
    "2022,2022,CT,9.0,FENTANYL,Fentanyl,Fentanyl and Fentanyl-related,100,2025-08-10 18:30:22\n"
    "2022,2022,CT,9.0,FENTANYL HYDROCHLORIDE,Fentanyl,Fentanyl and Fentanyl-related,5,2025-08-10 18:30:22\n"
    "2022,2022,CT,9.0,CHLOROFENTANYL,Chlorofentanyl,Fentanyl and Fentanyl-related,2,2025-08-10 18:30:22\n"
)
PRICES = (
    "place,starts,ends,substance,form,measure,value,low,high,unit,n\n"
    "US,2024-01-01,2024-03-31,Fentanyl,powder,purity,11.4,10,13,%,200\n"
    "US,2024-01-01,2024-03-31,Cocaine,powder,price,25000,20000,30000,USD per kg,40\n"
    "US,2024-01-01,2024-03-31,Cocaine,powder,price,25,,,per gram,40\n"
    "US,2024-01-01,2024-03-31,Cocaine,powder,purity,120,,,%,40\n"
)

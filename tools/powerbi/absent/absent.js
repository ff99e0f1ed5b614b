// Stands for a part that drives Power BI Desktop, is not published, and is not needed to validate.
export {};

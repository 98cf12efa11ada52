//! Files as banks write them, with invented bookings: what no generator shows.

use encoding_rs::{GBK, SHIFT_JIS, WINDOWS_1252};
use model::Currency;
use statements::{Context, Outcome, Overrides, QuestionId, Row, Statement, read};

fn statement(bytes: &[u8], code: &str) -> Statement {
    let context = Context::of(Currency::parse(code).expect("a currency"));
    read(bytes, &context, &Overrides::default()).expect("a statement")
}

/// A row as `day amount payee`, with its state where it is not simply booked.
fn line(row: &Row) -> String {
    let amount = |amount: model::Money| amount.amount();
    match &row.outcome {
        Outcome::Booked { day, amount: money } => format!("{day} {} {}", amount(*money), row.payee),
        Outcome::Pending { day, amount: money } => {
            let day = day.map_or("pending".to_owned(), |day| format!("{day} pending"));
            format!("{day} {} {}", amount(*money), row.payee)
        }
        Outcome::Unreadable { problem } => format!("line {}: {problem}", row.line),
    }
}

#[track_caller]
fn reads(bytes: &[u8], code: &str, expected: &[&str]) -> Statement {
    let statement = statement(bytes, code);
    let lines: Vec<String> = statement.rows.iter().map(line).collect();
    assert_eq!(lines, expected);
    statement
}

#[track_caller]
fn is_settled(text: &str, code: &str, expected: &[&str]) -> Statement {
    let statement = reads(text.as_bytes(), code, expected);
    assert_eq!(statement.questions, []);
    statement
}

#[track_caller]
fn asks(text: &str, code: &str, id: QuestionId, expected: &[&str]) {
    let statement = reads(text.as_bytes(), code, expected);
    let ids: Vec<QuestionId> = statement.questions.iter().map(|question| question.id).collect();
    assert_eq!(ids, [id]);
}

#[test]
fn german_giro_account() {
    let text = "\"Auftragskonto\";\"Buchungstag\";\"Valutadatum\";\"Buchungstext\";\"Verwendungszweck\";\"Glaeubiger ID\";\"Mandatsreferenz\";\"Beguenstigter/Zahlungspflichtiger\";\"Kontonummer/IBAN\";\"BIC (SWIFT-Code)\";\"Betrag\";\"Waehrung\";\"Info\"\r\n\
        \"DE02120300000000202051\";\"04.11.26\";\"05.11.26\";\"\";\"Einkauf am 03.11.2026 um 18:20\";\"\";\"\";\"REWE SAGT DANKE 4417\";\"\";\"\";\"-36,40\";\"EUR\";\"Umsatz vorgemerkt\"\r\n\
        \"DE02120300000000202051\";\"02.11.26\";\"02.11.26\";\"DAUERAUFTRAG\";\"Miete November\";\"\";\"\";\"Hausverwaltung Krüger\";\"DE75512108001245126199\";\"SSKMDEMM\";\"-1.420,00\";\"EUR\";\"Umsatz gebucht\"\r\n\
        \"DE02120300000000202051\";\"30.10.26\";\"30.10.26\";\"LOHN GEHALT\";\"Lohn 10/2026\";\"\";\"\";\"Hochschule für Künste\";\"DE12500105170648489890\";\"INGDDEFF\";\"1.960,00\";\"EUR\";\"Umsatz gebucht\"\r\n";
    let (latin, _, _) = WINDOWS_1252.encode(text);
    let statement = reads(
        &latin,
        "EUR",
        &[
            "2026-11-04 pending -36.40 REWE SAGT DANKE 4417",
            "2026-11-02 -1420.00 Hausverwaltung Krüger",
            "2026-10-30 1960.00 Hochschule für Künste",
        ],
    );
    assert_eq!(statement.questions, []);
    assert_eq!(statement.detected.encoding, "windows-1252");
    assert_eq!(statement.rows[1].description, "DAUERAUFTRAG Miete November");
}

#[test]
fn dutch_account_with_a_word_for_the_direction() {
    is_settled(
        "\"Datum\",\"Naam / Omschrijving\",\"Rekening\",\"Tegenrekening\",\"Code\",\"Af Bij\",\"Bedrag (EUR)\",\"Mutatiesoort\",\"Mededelingen\"\n\
         \"20261103\",\"Albert Heijn 1402\",\"NL20INGB0001234567\",\"\",\"BA\",\"Af\",\"23,45\",\"Betaalautomaat\",\"Pasvolgnr: 012 03-11-2026 18:20\"\n\
         \"20261101\",\"J. Jansen\",\"NL20INGB0001234567\",\"NL44RABO0123456789\",\"GT\",\"Bij\",\"1.000,00\",\"Online bankieren\",\"Naam: J. Jansen\"\n",
        "EUR",
        &["2026-11-03 -23.45 Albert Heijn 1402", "2026-11-01 1000.00 J. Jansen"],
    );
}

#[test]
fn american_checking_account_with_a_summary_above() {
    let statement = is_settled(
        "Description,,Summary Amt.\n\
         Beginning balance as of 10/01/2026,,\"1,000.00\"\n\
         Total credits,,\"2,500.00\"\n\
         Total debits,,\"-112.34\"\n\
         Ending balance as of 10/31/2026,,\"3,387.66\"\n\
         \n\
         Date,Description,Amount,Running Bal.\n\
         10/01/2026,Beginning balance as of 10/01/2026,,\"1,000.00\"\n\
         10/02/2026,\"WHOLEFDS #10234 AUSTIN TX\",\"-12.34\",\"987.66\"\n\
         10/15/2026,\"ACME PAYROLL DES:DIRECT DEP\",\"2,500.00\",\"3,487.66\"\n\
         10/16/2026,\"CHECK 1042\",\"-100.00\",\"3,387.66\"\n",
        "USD",
        &[
            "2026-10-02 -12.34 WHOLEFDS #10234 AUSTIN TX",
            "2026-10-15 2500.00 ACME PAYROLL DES:DIRECT DEP",
            "2026-10-16 -100.00 CHECK 1042",
        ],
    );
    assert_eq!(statement.detected.header_line, Some(7));
    assert_eq!(statement.rows[1].balance.unwrap().minor, 348_766);
}

#[test]
fn american_card_with_two_dates() {
    is_settled(
        "Transaction Date,Post Date,Description,Category,Type,Amount,Memo\n\
         10/28/2026,10/30/2026,TRADER JOE S #123,Groceries,Sale,-45.10,\n\
         10/27/2026,10/28/2026,AUTOPAY THANK YOU,,Payment,500.00,\n\
         10/20/2026,10/21/2026,UNITED AIRLINES,Travel,Return,120.00,\n\
         10/19/2026,10/20/2026,NETFLIX.COM,Entertainment,Sale,-15.49,\n\
         10/18/2026,10/20/2026,SHELL OIL,Gas,Sale,-40.00,\n",
        "USD",
        &[
            "2026-10-28 -45.10 TRADER JOE S #123",
            "2026-10-27 500.00 AUTOPAY THANK YOU",
            "2026-10-20 120.00 UNITED AIRLINES",
            "2026-10-19 -15.49 NETFLIX.COM",
            "2026-10-18 -40.00 SHELL OIL",
        ],
    );
}

#[test]
fn card_that_writes_spending_as_positive_is_asked_about() {
    asks(
        "Date,Description,Card Member,Account #,Amount\n\
         10/28/2026,UBER TRIP,A EXAMPLE,-31005,23.10\n\
         10/25/2026,AMAZON.COM,A EXAMPLE,-31005,89.99\n\
         10/21/2026,ONLINE PAYMENT - THANK YOU,A EXAMPLE,-31005,-340.00\n\
         10/19/2026,WHOLE FOODS,A EXAMPLE,-31005,64.20\n\
         10/14/2026,DELTA AIR LINES,A EXAMPLE,-31005,310.00\n",
        "USD",
        QuestionId::Sign,
        &[
            "2026-10-28 -23.10 UBER TRIP",
            "2026-10-25 -89.99 AMAZON.COM",
            "2026-10-21 340.00 ONLINE PAYMENT - THANK YOU",
            "2026-10-19 -64.20 WHOLE FOODS",
            "2026-10-14 -310.00 DELTA AIR LINES",
        ],
    );
}

#[test]
fn direction_in_a_column_of_words() {
    is_settled(
        "Date,Description,Original Description,Amount,Transaction Type,Category,Account Name,Labels,Notes\n\
         10/28/2026,Starbucks,STARBUCKS #1182,4.75,debit,Coffee Shops,Checking,,\n\
         10/15/2026,Paycheck,ACME INC DIR DEP,2100.00,credit,Income,Checking,,\n",
        "USD",
        &["2026-10-28 -4.75 Starbucks", "2026-10-15 2100.00 Paycheck"],
    );
}

#[test]
fn british_account_with_sort_code() {
    is_settled(
        "Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,Debit Amount,Credit Amount,Balance,\n\
         28/10/2026,DEB,'30-00-00,12345678,TESCO STORES 3021,12.50,,1020.15\n\
         27/10/2026,FPI,'30-00-00,12345678,A EXAMPLE,,200.00,1032.65\n\
         26/10/2026,DD,'30-00-00,12345678,BRITISH GAS,85.00,,832.65\n",
        "GBP",
        &[
            "2026-10-28 -12.50 TESCO STORES 3021",
            "2026-10-27 200.00 A EXAMPLE",
            "2026-10-26 -85.00 BRITISH GAS",
        ],
    );
}

#[test]
fn app_bank_with_fees_states_and_times() {
    is_settled(
        "Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\n\
         CARD_PAYMENT,Current,2026-10-27 12:01:44,2026-10-28 09:30:10,Boots,-8.99,0.00,GBP,COMPLETED,91.01\n\
         TOPUP,Current,2026-10-28 10:00:00,2026-10-28 10:00:02,Top-Up by *1234,50.00,0.00,GBP,COMPLETED,141.01\n\
         CARD_PAYMENT,Current,2026-10-29 18:11:02,,Pret A Manger,-5.45,0.00,GBP,PENDING,\n",
        "GBP",
        &[
            "2026-10-27 -8.99 Boots",
            "2026-10-28 50.00 Top-Up by *1234",
            "2026-10-29 pending -5.45 Pret A Manger",
        ],
    );
}

#[test]
fn indian_account_with_grouping_of_its_own() {
    is_settled(
        "Date,Narration,Chq./Ref.No.,Value Dt,Withdrawal Amt.,Deposit Amt.,Closing Balance\n\
         01/10/26,UPI-SWIGGY-ORDER,0000612345678901,01/10/26,450.00,,\"1,23,550.00\"\n\
         15/10/26,NEFT CR-EXAMPLE PVT LTD,N288123456,15/10/26,,\"1,20,000.00\",\"2,43,550.00\"\n\
         16/10/26,ATW-RENT,0000612345678999,16/10/26,\"25,000.00\",,\"2,18,550.00\"\n",
        "INR",
        &[
            "2026-10-01 -450.00 UPI-SWIGGY-ORDER",
            "2026-10-15 120000.00 NEFT CR-EXAMPLE PVT LTD",
            "2026-10-16 -25000.00 ATW-RENT",
        ],
    );
}

#[test]
fn japanese_bank_in_its_own_encoding() {
    let text = "日付,摘要,お支払金額,お預り金額,差引残高\n\
        2026年10月1日,コンビニ,\"1,280\",,\"98,720\"\n\
        2026年10月25日,給与 株式会社例,,\"250,000\",\"348,720\"\n\
        2026年10月26日,家賃,\"80,000\",,\"268,720\"\n";
    let (bytes, _, _) = SHIFT_JIS.encode(text);
    let statement = reads(
        &bytes,
        "JPY",
        &[
            "2026-10-01 -1280 コンビニ",
            "2026-10-25 250000 給与 株式会社例",
            "2026-10-26 -80000 家賃",
        ],
    );
    assert_eq!((statement.questions.len(), statement.detected.encoding.as_str()), (0, "shift_jis"));
}

#[test]
fn chinese_wallet_in_its_own_encoding() {
    let text = "支付明细\n起始时间：[2026-10-01 00:00:00]\n---------------------\n\
        交易时间,交易分类,交易对方,商品说明,收/支,金额,交易状态\n\
        2026-10-20 12:30:11,餐饮,麦当劳,午餐,支出,35.50,交易成功\n\
        2026-10-18 09:00:00,转账,张三,还款,收入,200.00,交易成功\n";
    let (bytes, _, _) = GBK.encode(text);
    let statement = reads(&bytes, "CNY", &["2026-10-20 -35.50 麦当劳", "2026-10-18 200.00 张三"]);
    assert_eq!(statement.questions, []);
}

#[test]
fn baltic_account_with_balance_lines_among_the_rows() {
    let statement = is_settled(
        "\"Sąskaitos Nr.\",\"\",\"Data\",\"Gavėjas\",\"Paaiškinimai\",\"Suma\",\"Valiuta\",\"D/K\",\"Įrašo Nr.\"\n\
         \"LT217300010000000000\",\"10\",\"2026-10-01\",\"\",\"Likutis pradžiai\",\"100.00\",\"EUR\",\"K\",\"\"\n\
         \"LT217300010000000000\",\"20\",\"2026-10-03\",\"Maxima LT\",\"Pirkinys\",\"12.50\",\"EUR\",\"D\",\"2026100300001\"\n\
         \"LT217300010000000000\",\"82\",\"2026-10-31\",\"\",\"Apyvarta\",\"12.50\",\"EUR\",\"D\",\"\"\n\
         \"LT217300010000000000\",\"86\",\"2026-10-31\",\"\",\"Likutis pabaigai\",\"87.50\",\"EUR\",\"K\",\"\"\n",
        "EUR",
        &["2026-10-03 -12.50 Maxima LT"],
    );
    assert_eq!(statement.skipped.len(), 4);
}

#[test]
fn french_account_with_preamble_and_spaces_in_numbers() {
    is_settled(
        "Téléchargement du 03/11/2026;\n\n\
         Compte Courant n° 12345678901 ;\n\
         Solde au 03/11/2026 1 234,56 €\n\n\
         Date;Libellé;Débit euros;Crédit euros;\n\
         30/10/2026;\"PAIEMENT PAR CARTE CARREFOUR 29/10\nPARIS\";45,10;;\n\
         28/10/2026;VIREMENT EN VOTRE FAVEUR SOCIETE EXEMPLE;;1 980,00;\n\
         28/10/2026;PRELEVEMENT EDF;62,00;;\n",
        "EUR",
        &[
            "2026-10-30 -45.10 PAIEMENT PAR CARTE CARREFOUR 29/10 PARIS",
            "2026-10-28 1980.00 VIREMENT EN VOTRE FAVEUR SOCIETE EXEMPLE",
            "2026-10-28 -62.00 PRELEVEMENT EDF",
        ],
    );
}

#[test]
fn norwegian_account_with_columns_in_and_out() {
    is_settled(
        "\"Dato\";\"Forklaring\";\"Rentedato\";\"Ut fra konto\";\"Inn på konto\"\n\
         \"28.10.2026\";\"Varekjøp Kiwi Grünerløkka\";\"28.10.2026\";\"245,90\";\"\"\n\
         \"25.10.2026\";\"Lønn\";\"25.10.2026\";\"\";\"32.000,00\"\n",
        "NOK",
        &["2026-10-28 -245.90 Varekjøp Kiwi Grünerløkka", "2026-10-25 32000.00 Lønn"],
    );
}

#[test]
fn payer_and_payee_in_columns_of_their_own() {
    is_settled(
        "\"Buchungsdatum\";\"Wertstellung\";\"Status\";\"Zahlungspflichtige*r\";\"Zahlungsempfänger*in\";\"Verwendungszweck\";\"Umsatztyp\";\"Betrag (€)\"\n\
         \"20.10.26\";\"20.10.26\";\"Gebucht\";\"Alex Example\";\"EDEKA SUED\";\"VISA Debitkartenumsatz\";\"Ausgang\";\"-23,10\"\n\
         \"15.10.26\";\"15.10.26\";\"Gebucht\";\"Muster AG\";\"Alex Example\";\"Gehalt 10/26\";\"Eingang\";\"2.300,00\"\n\
         \"14.10.26\";\"\";\"Vorgemerkt\";\"Alex Example\";\"OBI\";\"VISA Debitkartenumsatz\";\"Ausgang\";\"-11,00\"\n",
        "EUR",
        &[
            "2026-10-20 -23.10 EDEKA SUED",
            "2026-10-15 2300.00 Muster AG",
            "2026-10-14 pending -11.00 OBI",
        ],
    );
}

#[test]
fn headerless_account_with_signed_amounts_and_balance() {
    is_settled(
        "28/10/2026,\"-12.50\",\"WOOLWORTHS 1234 SYDNEY\",\"+987.50\"\n\
         27/10/2026,\"+200.00\",\"Transfer from A EXAMPLE\",\"+1000.00\"\n\
         26/10/2026,\"-35.20\",\"COLES 0456\",\"+800.00\"\n",
        "AUD",
        &[
            "2026-10-28 -12.50 WOOLWORTHS 1234 SYDNEY",
            "2026-10-27 200.00 Transfer from A EXAMPLE",
            "2026-10-26 -35.20 COLES 0456",
        ],
    );
}

#[test]
fn wallet_with_gross_fee_and_net_books_what_the_balance_proves() {
    is_settled(
        "\"Date\",\"Time\",\"TimeZone\",\"Name\",\"Type\",\"Status\",\"Currency\",\"Gross\",\"Fee\",\"Net\",\"Balance\"\n\
         \"13/10/2026\",\"10:00:00\",\"BST\",\"Etsy Buyer\",\"Payment\",\"Completed\",\"GBP\",\"100.00\",\"-3.20\",\"96.80\",\"196.80\"\n\
         \"14/10/2026\",\"11:00:00\",\"BST\",\"Royal Mail\",\"Payment\",\"Completed\",\"GBP\",\"-20.00\",\"0.00\",\"-20.00\",\"176.80\"\n\
         \"20/10/2026\",\"12:00:00\",\"BST\",\"Another Buyer\",\"Payment\",\"Completed\",\"GBP\",\"50.00\",\"-1.75\",\"48.25\",\"225.05\"\n",
        "GBP",
        &[
            "2026-10-13 96.80 Etsy Buyer",
            "2026-10-14 -20.00 Royal Mail",
            "2026-10-20 48.25 Another Buyer",
        ],
    );
}

#[test]
fn swiss_account_with_guards_above_and_a_disclaimer_below() {
    is_settled(
        "Datum von:;=\"01.10.2026\"\r\nDatum bis:;=\"31.10.2026\"\r\nKonto:;=\"CH1709000000800123456\"\r\nWährung:;=\"CHF\"\r\n\r\n\
         Buchungsdatum;Bewegungstyp;Avisierungstext;Gutschrift in CHF;Lastschrift in CHF;Label;Kategorie\r\n\
         30.10.2026;Kauf;\"KAUF/DIENSTLEISTUNG VOM 29.10.2026 KARTE NR. XXXX1234 MIGROS ZÜRICH\";;-45.60;;\r\n\
         25.10.2026;Gutschrift;\"GUTSCHRIFT AUFTRAGGEBER: BEISPIEL AG LOHN\";6500;;;\r\n\r\n\
         Disclaimer:\r\nDer Dokumentinhalt wurde durch Filtereinstellungen generiert.\r\n",
        "CHF",
        &[
            "2026-10-30 -45.60 KAUF/DIENSTLEISTUNG VOM 29.10.2026 KARTE NR. XXXX1234 MIGROS ZÜRICH",
            "2026-10-25 6500.00 GUTSCHRIFT AUFTRAGGEBER: BEISPIEL AG LOHN",
        ],
    );
}

#[test]
fn details_below_a_booking_are_no_bookings() {
    let statement = is_settled(
        "\"Date\";\"Booking text\";\"Curr\";\"Amount details\";\"Debit CHF\";\"Credit CHF\";\"Value date\";\"Balance CHF\"\n\
         \"30.10.2026\";\"Debit eBill (2)\";\"\";\"\";\"300.00\";\"\";\"30.10.2026\";\"5200.00\"\n\
         \"\";\"Krankenkasse\";\"CHF\";\"250.00\";\"\";\"\";\"\";\"\"\n\
         \"\";\"Zeitung\";\"CHF\";\"50.00\";\"\";\"\";\"\";\"\"\n\
         \"29.10.2026\";\"Credit originator: Beispiel AG\";\"\";\"\";\"\";\"500.00\";\"29.10.2026\";\"5500.00\"\n",
        "CHF",
        &["2026-10-30 -300.00 Debit eBill (2)", "2026-10-29 500.00 Credit originator: Beispiel AG"],
    );
    assert_eq!(statement.skipped.len(), 3);
}

#[test]
fn polish_account_with_a_long_preamble_and_currency_in_the_cells() {
    is_settled(
        "mBank S.A. Bankowość Detaliczna;\n#Klient;\nALEX EXAMPLE;\n\nLista operacji;\n\n#Za okres:;\n01.10.2026;31.10.2026;\n\n\
         #Waluta;#Wpływy;#Wydatki;\nPLN;5 000,00;-1 234,56;\n\n\
         #Data operacji;#Opis operacji;#Rachunek;#Kategoria;#Kwota;\n\
         2026-10-30;\"Biedronka                     \";\"eKonto 1111 ... 2222\";\"Żywność i chemia domowa\";-45,00 PLN;;\n\
         2026-10-25;\"PRZELEW PRZYKŁAD SP Z O O\";\"eKonto 1111 ... 2222\";\"Wynagrodzenie\";5 000,00 PLN;;\n\
         2026-10-24;\"Orlen\";\"eKonto 1111 ... 2222\";\"Paliwo\";-1 189,56 PLN;;\n",
        "PLN",
        &[
            "2026-10-30 -45.00 Biedronka",
            "2026-10-25 5000.00 PRZELEW PRZYKŁAD SP Z O O",
            "2026-10-24 -1189.56 Orlen",
        ],
    );
}

#[test]
fn card_that_marks_only_credits() {
    is_settled(
        "Date,Transaction Details,Amount (in Rs.)\n\
         28/10/2026,SWIGGY BANGALORE,450.00\n\
         21/10/2026,PAYMENT RECEIVED,\"12,000.00 Cr\"\n\
         19/10/2026,AMAZON PAY,\"1,299.00\"\n\
         15/10/2026,BESCOM,980.50\n",
        "INR",
        &[
            "2026-10-28 -450.00 SWIGGY BANGALORE",
            "2026-10-21 12000.00 PAYMENT RECEIVED",
            "2026-10-19 -1299.00 AMAZON PAY",
            "2026-10-15 -980.50 BESCOM",
        ],
    );
}

#[test]
fn american_credit_union_with_many_columns() {
    is_settled(
        "\"Transaction ID\",\"Posting Date\",\"Effective Date\",\"Transaction Type\",\"Amount\",\"Check Number\",\"Reference Number\",\"Description\",\"Transaction Category\",\"Type\",\"Balance\",\"Memo\",\"Extended Description\"\n\
         \"20261030 145 12,345\",\"10/30/2026\",\"10/30/2026\",\"Debit\",\"-45.67000\",\"\",\"145\",\"Trader Joe's\",\"Groceries\",\"Debit Card\",\"1204.33000\",\"\",\"POS TRADER JOE S #123\"\n\
         \"20261028 144 11,111\",\"10/28/2026\",\"10/28/2026\",\"Credit\",\"1000.00000\",\"\",\"144\",\"Acme Payroll\",\"Paychecks\",\"ACH\",\"1250.00000\",\"\",\"DIRECT DEP ACME\"\n\
         \"20261027 143 10,000\",\"10/27/2026\",\"10/27/2026\",\"Check\",\"-100.00000\",\"1042\",\"143\",\"Check 1042\",\"\",\"Check\",\"250.00000\",\"\",\"\"\n",
        "USD",
        &[
            "2026-10-30 -45.67 Trader Joe's",
            "2026-10-28 1000.00 Acme Payroll",
            "2026-10-27 -100.00 Check 1042",
        ],
    );
}

#[test]
fn spanish_account_with_two_dates_and_a_title() {
    is_settled(
        ";;;;\n;Últimos movimientos;;;\n;;;;\n\
         F.Valor;Fecha;Concepto;Movimiento;Importe;Divisa;Disponible;Divisa;Observaciones\n\
         29/10/2026;30/10/2026;Mercadona;Pago con tarjeta;-45,30;EUR;1.204,33;EUR;4111 MERCADONA MADRID\n\
         28/10/2026;28/10/2026;Ejemplo SL;Abono de nómina;1.800,00;EUR;1.249,63;EUR;NOMINA OCTUBRE\n\
         27/10/2026;27/10/2026;Iberdrola;Adeudo;-62,10;EUR;-550,37;EUR;RECIBO\n",
        "EUR",
        &[
            "2026-10-30 -45.30 Mercadona",
            "2026-10-28 1800.00 Ejemplo SL",
            "2026-10-27 -62.10 Iberdrola",
        ],
    );
}

#[test]
fn finnish_account_with_a_message_and_an_archive_id() {
    is_settled(
        "Kirjauspäivä;Arvopäivä;Määrä EUROA;Laji;Selitys;Saaja/Maksaja;Saajan tilinumero;Viite;Viesti;Arkistointitunnus\n\
         30.10.2026;30.10.2026;-45,30;106;TILISIIRTO;HSL Helsingin seudun liikenne;FI2112345600000785;ref=00000;;20261030/5UTH01/123456\n\
         28.10.2026;28.10.2026;2 500,00;588;PALKKA;ESIMERKKI OY;;;Palkka lokakuu;20261028/5UTH01/123455\n",
        "EUR",
        &["2026-10-30 -45.30 HSL Helsingin seudun liikenne", "2026-10-28 2500.00 ESIMERKKI OY"],
    );
}

#[test]
fn brazilian_card_in_positive_amounts_is_asked_about() {
    asks(
        "date,title,amount\n2026-10-30,Ifood *Restaurante,45.30\n2026-10-28,Uber *Trip,12.90\n2026-10-27,Netflix,39.90\n2026-10-20,Pagamento recebido,-120.00\n2026-10-19,Drogasil,20.00\n",
        "BRL",
        QuestionId::Sign,
        &[
            "2026-10-30 -45.30 Ifood *Restaurante",
            "2026-10-28 -12.90 Uber *Trip",
            "2026-10-27 -39.90 Netflix",
            "2026-10-20 120.00 Pagamento recebido",
            "2026-10-19 -20.00 Drogasil",
        ],
    );
}

#[test]
fn file_for_a_spreadsheet_that_names_its_delimiter() {
    is_settled(
        "sep=;\nDatum;Naam;Bedrag\n28-10-2026;Jumbo, Utrecht;-12,50\n27-10-2026;HEMA;-8,00\n",
        "EUR",
        &["2026-10-28 -12.50 Jumbo, Utrecht", "2026-10-27 -8.00 HEMA"],
    );
}

#[test]
fn several_currencies_in_one_file() {
    let statement = is_settled(
        "Date,Payee,Amount,Currency\n\
         2026-10-28,Tesco,-12.50,GBP\n\
         2026-10-27,7-Eleven Tokyo,-1280,JPY\n\
         2026-10-26,Bäckerei,-3.20,EUR\n",
        "GBP",
        &[
            "2026-10-28 -12.50 Tesco",
            "2026-10-27 -1280 7-Eleven Tokyo",
            "2026-10-26 -3.20 Bäckerei",
        ],
    );
    assert_eq!(statement.detected.currency, None);
    let codes: Vec<_> =
        statement.rows.iter().filter_map(Row::amount).map(|a| a.currency.code()).collect();
    assert_eq!(codes, ["GBP", "JPY", "EUR"]);
}

#[test]
fn balances_that_do_not_add_up_prove_nothing_and_break_nothing() {
    is_settled(
        "Date;Text;Amount;Balance\n\
         2026-10-28;Tesco;-12.50;1000.00\n\
         2026-10-27;Boots;-8.00;2013.17\n\
         2026-10-26;Salary;2000.00;55.00\n\
         2026-10-25;Shell;-40.00;77.00\n",
        "GBP",
        &[
            "2026-10-28 -12.50 Tesco",
            "2026-10-27 -8.00 Boots",
            "2026-10-26 2000.00 Salary",
            "2026-10-25 -40.00 Shell",
        ],
    );
}

#[test]
fn rows_longer_and_shorter_than_the_header() {
    is_settled(
        "Date,Description,Amount\n\
         2026-10-28,Tesco,-12.50,,\n\
         2026-10-27,Boots,-8.00,extra,cells\n",
        "GBP",
        &["2026-10-28 -12.50 Tesco", "2026-10-27 -8.00 Boots"],
    );
    is_settled(
        "Buchungstag;Verwendungszweck;Betrag;Währung;Saldo;Info;Kategorie\n\
         28.10.2026;REWE;-12,50;EUR\n\
         27.10.2026;dm;-8,00;EUR\n",
        "EUR",
        &["2026-10-28 -12.50 REWE", "2026-10-27 -8.00 dm"],
    );
}

#[test]
fn texts_that_look_like_dates_and_amounts() {
    is_settled(
        "Date,Description,Amount\n\
         2026-10-28,01/02/2026,-12.50\n\
         2026-10-27,99.99,-8.00\n\
         2026-10-26,Total,-5.00\n\
         2026-10-25,Bar 12.10.2026 20:15 EUR 7.50,-7.50\n\
         2026-10-24,Pending,-1.00\n\
         2026-10-23,\"=HYPERLINK(\"\"x\"\")\",-2.00\n",
        "GBP",
        &[
            "2026-10-28 -12.50 01/02/2026",
            "2026-10-27 -8.00 99.99",
            "2026-10-26 -5.00 Total",
            "2026-10-25 -7.50 Bar 12.10.2026 20:15 EUR 7.50",
            "2026-10-24 -1.00 Pending",
            "2026-10-23 -2.00 =HYPERLINK(\"x\")",
        ],
    );
}

#[test]
fn a_bad_row_is_told_with_its_line_and_costs_no_other() {
    let statement = reads(
        "Buchungstag;Verwendungszweck;Betrag\n\
         13.11.2026;VATTENFALL;-84,00\n\
         1211.2026;UEBERTRAG;-5,00\n\
         31.02.2026;ZALANDO;-9,00\n\
         12.11.2026;HONORAR;zwölf\n\
         11.11.2026;REWE;-12,345\n\
         10.11.2026;\"offen;-3,00\n\
         09.11.2026;EDEKA;-36,40\n"
            .as_bytes(),
        "EUR",
        &[
            "2026-11-13 -84.00 VATTENFALL",
            "line 3: \"1211.2026\" is no day; it should look like 13.11.2026",
            "line 4: \"31.02.2026\" is no day when dates are written day, month, year: 2026-02-31 does not exist; did you mean 2026-02-28?",
            "line 5: \"zwölf\" is no amount; it should be a number such as -12.34",
            "line 6: EUR has 2 decimals; \"12,345\" has 3",
            "2026-11-10 -3.00 \"offen",
            "2026-11-09 -36.40 EDEKA",
        ],
    );
    assert!(statement.questions.is_empty());
}

#[test]
fn a_file_cut_in_its_last_row() {
    reads(
        b"Date,Description,Category,Amount\n2026-10-28,Tesco,Food,-12.50\n2026-10-27,Bo",
        "GBP",
        &[
            "2026-10-28 -12.50 Tesco",
            "line 3: the line ends early: 2 of 4 columns are there, and no amount",
        ],
    );
}

#[test]
fn a_statement_pasted_behind_another() {
    is_settled(
        "Date,Payee,Amount\n2026-10-28,Tesco,-12.50\n2026-10-27,Boots,-8.00\n\
         Date,Payee,Amount\n2026-09-28,Shell,-40.00\n",
        "GBP",
        &["2026-10-28 -12.50 Tesco", "2026-10-27 -8.00 Boots", "2026-09-28 -40.00 Shell"],
    );
}

#[test]
fn dates_without_evidence_are_asked_about() {
    asks(
        "Date,Payee,Amount\n03/04/2026,Tesco,-12.50\n03/04/2026,Boots,-8.00\n04/05/2026,Shell,-40.00\n",
        "USD",
        QuestionId::DateOrder,
        &["2026-03-04 -12.50 Tesco", "2026-03-04 -8.00 Boots", "2026-04-05 -40.00 Shell"],
    );
}

#[test]
fn a_card_whose_balance_is_what_is_owed_is_asked_about() {
    let rows: String = (1..=9)
        .map(|day| format!("2026-10-{day:02},Shop {day},10.00,{}.00\n", 100 + 10 * day))
        .collect();
    let statement = statement(format!("Date,Description,Amount,Balance\n{rows}").as_bytes(), "USD");
    assert_eq!(statement.questions[0].id, QuestionId::Sign);
    assert_eq!(line(&statement.rows[0]), "2026-10-01 -10.00 Shop 1");
}

#[test]
fn three_decimals_that_can_be_thousands_are_asked_about() {
    let statement =
        statement(b"Date,Payee,Amount\n2026-10-28,Shop,-12.500\n2026-10-27,Other,-8.250\n", "KWD");
    assert_eq!(statement.questions[0].id, QuestionId::Decimal);
    let samples: Vec<&str> =
        statement.questions[0].options.iter().map(|option| option.sample.as_str()).collect();
    assert_eq!(samples, ["Shop: 12.500 KWD went out", "Shop: 12500.000 KWD went out"]);
}

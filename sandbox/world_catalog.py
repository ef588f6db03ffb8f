"""The words the world is made of: companies, jobs, stages, reasons, channels."""

from __future__ import annotations

COMPANIES = (
    ("aozora", "青空テクノロジー株式会社"),
    ("hinata", "ひなた食品株式会社"),
    ("minato", "株式会社みなとロジスティクス"),
    ("yamabiko", "やまびこ精機株式会社"),
    ("sakurai", "さくらい介護サービス株式会社"),
    ("tsubame", "つばめ交通株式会社"),
    ("kaede", "株式会社かえで出版"),
    ("nagisa", "なぎさ建設株式会社"),
    ("hoshino", "星野メディカル株式会社"),
    ("wakaba", "わかば教育株式会社"),
    ("shirakaba", "白樺ホテルズ株式会社"),
    ("asagiri", "朝霧エナジー株式会社"),
)

DEPARTMENTS = ("開発部", "営業部", "管理部", "店舗運営部", "カスタマーサポート部", "物流部")
OFFICES = (
    ("東京本社", "東京都港区"),
    ("大阪支社", "大阪府大阪市北区"),
    ("名古屋支店", "愛知県名古屋市中区"),
    ("福岡支店", "福岡県福岡市博多区"),
)
# (title, department or None, employment label or None)
JOBS = (
    ("バックエンドエンジニア", "開発部", "正社員"),
    ("法人営業", "営業部", "正社員"),
    ("店舗スタッフ", "店舗運営部", "アルバイト"),
    ("経理担当", "管理部", "正社員"),
    ("カスタマーサポート", "カスタマーサポート部", "契約社員"),
    ("倉庫管理", "物流部", "パート"),
    ("フロントエンドエンジニア", "開発部", "正社員"),
    ("新規事業企画", None, "正社員"),
    ("店長候補", "店舗運営部", "正社員"),
    ("オープンポジション", None, None),
    ("人事労務", "管理部", "契約社員"),
    ("インサイドセールス", "営業部", "正社員"),
)
EMPLOYMENT_TYPES = {
    "正社員": "permanent",
    "契約社員": "contract",
    "アルバイト": "part_time",
    "パート": "part_time",
}
STAGES = ("書類選考", "一次面接", "二次面接", "最終面接", "オファー")
SHORT_STAGES = ("書類選考", "店舗面接", "オファー")  # part-time jobs

WE, THEY = "WE_REJECTED_THEM", "THEY_REJECTED_US"
NONE_SPECIFIED, SECURITY = "NONE_SPECIFIED", "SECURITY_CONCERN"
REASON_TYPES = {
    WE: (1, "We rejected them"),
    THEY: (2, "They rejected us"),
    NONE_SPECIFIED: (3, "None specified"),
    SECURITY: (4, "Security concern"),
}
# (name, type, is one of the vendor's defaults, which the list hides unless asked for)
REASONS = (
    ("経験不足", WE, False),
    ("スキル不一致", WE, False),
    ("Lacking skill(s)/qualification(s)", WE, True),
    ("Not a cultural fit", WE, True),
    ("条件不一致", WE, False),
    ("他社に決定", THEY, False),
    ("選考辞退", THEY, False),
    ("Didn't like offer", THEY, True),
    ("Other", NONE_SPECIFIED, True),
    ("本人確認不可", SECURITY, False),
)
# (name, type id, type name, weight)
SOURCES = (
    ("求人ボックス", 1, "Third-party boards", 30),
    ("自社採用サイト", 2, "Company marketing", 25),
    ("LinkedIn", 1, "Third-party boards", 12),
    ("エージェント紹介", 3, "Agencies", 12),
    ("社員紹介", 4, "Referrals", 8),
    ("合同説明会", 5, "In-person events", 5),
    ("ダイレクトスカウト", 6, "Prospecting", 5),
)
TAGS = ("再応募歓迎", "英語可", "即日勤務可", "要フォロー")
LOCATIONS = ("東京都", "神奈川県", "大阪府", "愛知県", "福岡県", "フルリモート")
JOB_WISHES = ("エンジニア", "営業", "販売・サービス", "事務・管理", "製造・物流", "こだわらない")
STAFF = (
    ("高野", "恵", "採用マネージャー"),
    ("小松", "亮", "リクルーター"),
    ("三宅", "彩", "リクルーター"),
    ("野口", "誠", "リクルーター"),
    ("大塚", "舞", "採用コーディネーター"),
    ("今井", "拓也", "採用コーディネーター"),
    ("菊地", "直樹", "部門責任者"),
    ("上田", "千尋", "部門責任者"),
    ("杉山", "翔", "リクルーター"),
    ("千葉", "美咲", "リクルーター"),
)

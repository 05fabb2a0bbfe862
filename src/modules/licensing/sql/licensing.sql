-- name: insert_license
-- params: id uuid, license_key text, order_id uuid, order_line_id uuid, buyer_id uuid, seller_id uuid, buyer_name text, seller_name text
-- params: spec_id uuid, spec_title text, option_id uuid, type int, option_name text, features text, file_types text, terms text
-- params: price_minor bigint, currency text, search text, now time
insert into license (id, license_key, order_id, order_line_id, buyer_id, seller_id, buyer_name, seller_name, spec_id, spec_title,
    option_id, type, option_name, features, file_types, terms, price_minor, currency, search, issued_at, withdrawn_reason, version)
values (:id, :license_key, :order_id, :order_line_id, :buyer_id, :seller_id, :buyer_name, :seller_name, :spec_id, :spec_title,
    :option_id, :type, :option_name, :features, :file_types, :terms, :price_minor, :currency, :search, :now, '', 1)

-- name: insert_file
-- params: license_id uuid, kind int, sha256 bytes, size_bytes bigint, file_name text, content_type text
insert into license_file (license_id, kind, sha256, size_bytes, file_name, content_type, downloads)
values (:license_id, :kind, :sha256, :size_bytes, :file_name, :content_type, 0)

-- name: insert_entitlement
-- params: id uuid, license_id uuid, account_id uuid, spec_id uuid, now time
insert into entitlement (id, license_id, account_id, spec_id, granted_at)
values (:id, :license_id, :account_id, :spec_id, :now)

-- name: find_license
-- params: id uuid
select id, license_key, order_id, order_line_id, buyer_id, seller_id, buyer_name, seller_name, spec_id, spec_title, option_id, type,
    option_name, features, file_types, terms, price_minor, currency, issued_at, withdrawn_at, withdrawn_reason, version
from license where id = :id

-- name: find_license_by_key
-- params: license_key text
select id, license_key, order_id, order_line_id, buyer_id, seller_id, buyer_name, seller_name, spec_id, spec_title, option_id, type,
    option_name, features, file_types, terms, price_minor, currency, issued_at, withdrawn_at, withdrawn_reason, version
from license where license_key = :license_key

-- name: lock_license_of_line
-- params: order_line_id uuid
select id, license_key, order_id, order_line_id, buyer_id, seller_id, buyer_name, seller_name, spec_id, spec_title, option_id, type,
    option_name, features, file_types, terms, price_minor, currency, issued_at, withdrawn_at, withdrawn_reason, version
from license where order_line_id = :order_line_id for update

-- name: list_licenses
-- params: buyer_id uuid, type int, pattern text, after uuid, limit bigint, offset bigint
-- slow: a text is looked for among one person's own licences
select id, license_key, order_id, order_line_id, buyer_id, seller_id, buyer_name, seller_name, spec_id, spec_title, option_id, type,
    option_name, features, file_types, terms, price_minor, currency, issued_at, withdrawn_at, withdrawn_reason, version
from license
where buyer_id = :buyer_id
-- if: type
    and type = :type
-- end
-- if: search
    and search like :pattern escape '\'
-- end
-- if: after
    and id < :after
-- end
order by id desc
limit :limit offset :offset

-- name: count_licenses
-- params: buyer_id uuid, type int, pattern text
-- slow: counts one person's own licences
select count(*) as count from license
where buyer_id = :buyer_id
-- if: type
    and type = :type
-- end
-- if: search
    and search like :pattern escape '\'
-- end

-- name: withdraw_license
-- params: id uuid, reason text, now time
update license set withdrawn_at = :now, withdrawn_reason = :reason, version = version + 1 where id = :id and withdrawn_at is null

-- name: withdraw_entitlement
-- params: license_id uuid, now time
update entitlement set withdrawn_at = :now where license_id = :license_id and withdrawn_at is null

-- name: find_entitlement
-- params: account_id uuid, spec_id uuid
select id from entitlement where account_id = :account_id and spec_id = :spec_id and withdrawn_at is null limit 1

-- name: find_license_of_spec
-- params: spec_id uuid
select id from license where spec_id = :spec_id limit 1

-- name: list_files
-- params: license_id uuid
select license_id, kind, sha256, size_bytes, file_name, content_type, downloads, last_download_at
from license_file where license_id = :license_id order by kind

-- name: lock_file
-- params: license_id uuid, kind int
select license_id, kind, sha256, size_bytes, file_name, content_type, downloads, last_download_at
from license_file where license_id = :license_id and kind = :kind for update

-- name: count_download
-- params: license_id uuid, kind int, now time
update license_file set downloads = downloads + 1, last_download_at = :now where license_id = :license_id and kind = :kind

-- name: insert_grant
-- params: id uuid, license_id uuid, kind int, now time
insert into download_grant (id, license_id, kind, first_used_at) values (:id, :license_id, :kind, :now) on conflict do nothing

-- name: sweep_grants
-- params: before time
-- slow: a sweep now and then, whose batch may be joined with the whole table
delete from download_grant where id in (select id from download_grant where first_used_at < :before order by first_used_at limit 1000)

-- name: find_contract
-- params: license_id uuid
select sha256, pdf from license_contract where license_id = :license_id

-- name: insert_contract
-- params: license_id uuid, sha256 bytes, pdf bytes, now time
insert into license_contract (license_id, sha256, pdf, made_at) values (:license_id, :sha256, :pdf, :now) on conflict do nothing

-- name: count_licenses_of_line
-- params: order_line_id uuid
select count(*) as count from license where order_line_id = :order_line_id

-- name: count_entitlements_of_line
-- params: order_line_id uuid
select count(*) as count from entitlement e join license l on l.id = e.license_id where l.order_line_id = :order_line_id

-- name: list_broken
-- heavy
-- slow: asks every licence, for lathe check
select l.id, l.license_key,
    (select count(*) from entitlement e where e.license_id = l.id) as entitlements,
    (select count(*) from entitlement e where e.license_id = l.id and e.withdrawn_at is null) as live,
    (select count(*) from license_file f where f.license_id = l.id) as files
from license l
where (select count(*) from entitlement e where e.license_id = l.id) <> 1
    or (select count(*) from entitlement e where e.license_id = l.id and (e.withdrawn_at is null) <> (l.withdrawn_at is null)) <> 0
    or (select count(*) from license_file f where f.license_id = l.id) = 0
order by l.id
limit 100

-- name: list_file_keys
-- params: after uuid
-- heavy
-- slow: for lathe check, whose batch may be joined with the whole table
select license_id, kind, sha256, size_bytes, file_name, content_type, downloads, last_download_at
from license_file where license_id in (select id from license where id > :after order by id limit 150)
order by license_id, kind

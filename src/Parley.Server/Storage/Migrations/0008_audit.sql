-- Who did what to which thing, when, from where. Rows are written with what they tell of and never changed; old ones are removed whole.
CREATE TABLE audit_entry (
    workspace_id  {text} NOT NULL,
    id            {text} NOT NULL,
    at            {int}  NOT NULL,
    actor         {text} NOT NULL, -- member | api_key | customer | visitor | system
    actor_id      {text},          -- the member's or the key's
    actor_name    {text},          -- as it was then
    member_id     {text},          -- the member, also behind a key
    action        {text} NOT NULL, -- e.g. member.role_changed
    thing         {text} NOT NULL, -- kind of thing, e.g. member
    thing_id      {text},
    thing_name    {text},          -- as it was then
    address       {text},
    browser       {text},
    before_state  {text},          -- JSON; what changed, as it was; never a secret
    after_state   {text},
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX audit_by_time ON audit_entry (workspace_id, at, id);
CREATE INDEX audit_by_member ON audit_entry (workspace_id, member_id, at, id);
CREATE INDEX audit_by_thing ON audit_entry (workspace_id, thing_id, at, id);
CREATE INDEX audit_by_age ON audit_entry (at);

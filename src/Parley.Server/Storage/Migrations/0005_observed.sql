-- What is known of a connection's listings: when one was complete, when one was tried, when the next is due.
CREATE TABLE observation (
    workspace_id   {text} NOT NULL,
    connection_id  {text} NOT NULL,
    listed_at      {int},                     -- when the request of the last complete listing began
    attempted_at   {int},
    next_due       {int}  NOT NULL,
    failures       {int}  NOT NULL DEFAULT 0, -- in a row
    radar_day      {int}  NOT NULL DEFAULT 0, -- UTC day (days since 1970) whose radar duty is done or claimed
    changed_at     {int},                     -- when what the listings show last changed
    PRIMARY KEY (workspace_id, connection_id)
);

-- The last complete listing of a connection. Its time stands in observation.listed_at.
CREATE TABLE observed_meeting (
    workspace_id       {text} NOT NULL,
    connection_id      {text} NOT NULL,
    meeting_id         {text} NOT NULL, -- the provider's
    subject            {text} NOT NULL, -- as stored at the provider, marker included
    plain_subject      {text} NOT NULL,
    marker             {text},          -- what looks like one; means something only where an arrangement knows it
    starts_at          {int},
    ends_at            {int},
    time_zone          {text},
    type               {text} NOT NULL, -- scheduled | instant | recurring
    in_progress        {int}  NOT NULL,
    passcode_required  {int},
    organizer_key      {text},
    organizer_email    {text},
    organizer_name     {text},
    co_organizers      {text},          -- JSON; null: not told
    dial_in            {text} NOT NULL, -- JSON
    access_code        {text},
    join_url           {text},          -- only as told
    PRIMARY KEY (workspace_id, connection_id, meeting_id)
);
CREATE INDEX observed_meeting_by_time ON observed_meeting (workspace_id, starts_at, connection_id, meeting_id);
CREATE INDEX observed_meeting_by_marker ON observed_meeting (workspace_id, connection_id, marker);

-- Of a connection for reports: the organizers it reads, and when they are asked for again. Its observed meetings are other people's: shown,
-- in nobody's way, and no answer to what became of a meeting of ours.
CREATE TABLE observed_account (
    workspace_id   {text} NOT NULL,
    connection_id  {text} NOT NULL,
    next_due       {int}  NOT NULL,           -- of the directory
    failures       {int}  NOT NULL DEFAULT 0,
    turn_at        {int}  NOT NULL,           -- of its last call; the next one waits for its pace
    changed_at     {int},                     -- when what is shown of it last changed
    PRIMARY KEY (workspace_id, connection_id)
);
CREATE TABLE observed_organizer (
    workspace_id   {text} NOT NULL,
    connection_id  {text} NOT NULL,
    organizer_key  {text} NOT NULL,
    email          {text},
    name           {text},
    listed_at      {int},                     -- when the request of the last complete listing began
    next_due       {int}  NOT NULL,
    failures       {int}  NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace_id, connection_id, organizer_key)
);
CREATE INDEX observed_organizer_due ON observed_organizer (workspace_id, connection_id, next_due, organizer_key);
CREATE INDEX observed_meeting_by_organizer ON observed_meeting (workspace_id, connection_id, organizer_key);

-- Lists walk these: what ends when, and what changed lately.
CREATE INDEX arrangement_by_end ON arrangement (workspace_id, ends_at, id);
CREATE INDEX observed_meeting_that_stays ON observed_meeting (workspace_id, connection_id, meeting_id) WHERE type = 'recurring' OR starts_at IS NULL;
CREATE INDEX arrangement_by_change ON arrangement (workspace_id, updated_at);

-- Meetings known to be gone since a listing that may still be under way: it must not bring them back.
CREATE TABLE observed_removal (
    workspace_id   {text} NOT NULL,
    connection_id  {text} NOT NULL,
    meeting_id     {text} NOT NULL,
    known_at       {int}  NOT NULL,
    PRIMARY KEY (workspace_id, connection_id, meeting_id)
);

-- Whether a meeting runs, as the provider's events told; newer than the last listing they are believed before it.
CREATE TABLE observed_run (
    workspace_id   {text} NOT NULL,
    connection_id  {text} NOT NULL,
    meeting_id     {text} NOT NULL,
    session_id     {text} NOT NULL, -- the run of the meeting; empty where the provider tells none
    running        {int}  NOT NULL,
    changed_at     {int}  NOT NULL, -- by the provider's clock: an older event that comes late changes nothing
    known_at       {int}  NOT NULL,
    ended_at       {int},
    PRIMARY KEY (workspace_id, connection_id, meeting_id)
);
CREATE INDEX observed_run_by_age ON observed_run (known_at);

-- Who is in a running meeting, as its events told: provisional, and gone when it ends.
CREATE TABLE observed_presence (
    workspace_id   {text} NOT NULL,
    connection_id  {text} NOT NULL,
    meeting_id     {text} NOT NULL,
    session_id     {text} NOT NULL,
    person         {text} NOT NULL, -- name and address: two who are called alike count twice
    name           {text},
    email          {text},
    inside         {int}  NOT NULL, -- joined less left; below nought while events come out of order
    PRIMARY KEY (workspace_id, connection_id, meeting_id, session_id, person)
);

-- Events of the installation's own webhook address name an organizer, not a workspace.
CREATE INDEX connection_by_organizer ON connection (provider, organizer_key);

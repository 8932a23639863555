"""What handlers find in the application: the opened parts, the clock and what works on them."""

from typing import TYPE_CHECKING

from aiohttp import web

from dp3t_server.admission import Admission
from dp3t_server.clock import Clock
from dp3t_server.limits import Limits
from dp3t_server.metrics import Metrics
from dp3t_server.parts import Parts
from dp3t_server.reports import Reports
from dp3t_server.schedule import Schedule
from dp3t_server.token_issuing import Issuer

if TYPE_CHECKING:
    from dp3t_server.facility_record import Record  # with it dp3t.facilities, for who has some

RECORD: "web.AppKey[Record]" = web.AppKey("record")
METRICS: web.AppKey[Metrics] = web.AppKey("metrics", Metrics)
ISSUER: web.AppKey[Issuer] = web.AppKey("issuer", Issuer)
PARTS: web.AppKey[Parts] = web.AppKey("parts", Parts)
ADMISSION: web.AppKey[Admission] = web.AppKey("admission", Admission)
LIMITS: web.AppKey[Limits] = web.AppKey("limits", Limits)
CLOCK: web.AppKey[Clock] = web.AppKey("clock")
REPORTS: web.AppKey[Reports] = web.AppKey("reports", Reports)
SCHEDULE: web.AppKey[Schedule] = web.AppKey("schedule", Schedule)

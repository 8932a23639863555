"""What handlers find in the application: the opened parts, the clock and what works on them."""

from aiohttp import web

from dp3t_server.clock import Clock
from dp3t_server.door import Door
from dp3t_server.parts import Parts
from dp3t_server.reports import Reports
from dp3t_server.schedule import Schedule

PARTS: web.AppKey[Parts] = web.AppKey("parts", Parts)
DOOR: web.AppKey[Door] = web.AppKey("door", Door)
CLOCK: web.AppKey[Clock] = web.AppKey("clock")
REPORTS: web.AppKey[Reports] = web.AppKey("reports", Reports)
SCHEDULE: web.AppKey[Schedule] = web.AppKey("schedule", Schedule)

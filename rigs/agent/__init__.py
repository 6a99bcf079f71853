"""The reference device agent, on awsiotsdk; imports nothing of rigs.

`python -u -m rigs.agent.worker FLASHDIR` starts it. One thread (worker) handles one queue of events; the connection
(link) and the work (work) live on threads of their own and only post events. Chances for defects are the methods of
Policy; the deliberate ones are in mutants.
"""

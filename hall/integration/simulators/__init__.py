"""模拟器 (§4 集成层): the frame of the outside systems one tries the hall against: faults on demand, and a page to watch them on."""

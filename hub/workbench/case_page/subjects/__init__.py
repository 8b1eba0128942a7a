"""What the registers know of a case 涉及主体与场所: the firms and the premises of its reports."""
